// Rules for all projects in examples/.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";

const EXAMPLES = new URL("../../examples/", import.meta.url);
const entries = await readdir(EXAMPLES, { withFileTypes: true });
const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);

const read = (path) => readFile(new URL(path, EXAMPLES), "utf8");

test("each project has a test and an entry in the overview", async () => {
  const tests = await readdir(new URL(".", import.meta.url));
  const overview = await read("README.md");
  assert.ok(names.length > 0);
  for (const name of names) {
    assert.ok(tests.includes(`${name}.test.mjs`), name);
    assert.ok(overview.includes(`[\`${name}\`](${name})`), name);
  }
});

test("each project stands alone, and its lock file names no registry", async () => {
  for (const name of names) {
    assert.match(await read(`${name}/README.md`), /^# RoamKit /);
    const { dependencies } = JSON.parse(await read(`${name}/package.json`));
    assert.equal(dependencies.roamkit, "file:../../pkg", name);
    const { packages } = JSON.parse(await read(`${name}/package-lock.json`));
    const resolved = Object.values(packages).flatMap((entry) => entry.resolved ?? []);
    assert.deepEqual(resolved, ["file:../../pkg"], name);
  }
});

// Each guide has a test, stands in the list, and each of its blocks is run or says why not.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { FOLDER, Guide, guides } from "./guide.mjs";

for (const name of guides()) {
  test(name, () => {
    const guide = new Guide(name);
    assert.ok(guide.files.size + guide.shell.size > 0, "it has nothing that runs");
    assert.ok(existsSync(new URL(`${name}.test.mjs`, import.meta.url)), "it has no test");
    assert.ok(readFileSync(`${FOLDER}README.md`, "utf8").includes(`(${name}.md)`), "the list does not name it");
  });
}

// Each guide must have a test and an entry in the guides' README. `Guide` fails for a block that neither has a name nor
// says why it is not run.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { FOLDER, Guide, guideNames } from "./guide.mjs";

for (const name of guideNames()) {
  test(`${name}.md is tested and listed`, () => {
    const guide = new Guide(name);
    assert.ok(guide.files.size + guide.shell.size > 0, "the guide has no block that runs");
    assert.ok(existsSync(new URL(`${name}.test.mjs`, import.meta.url)), "the guide has no test");
    assert.ok(readFileSync(`${FOLDER}README.md`, "utf8").includes(`(${name}.md)`), "the README does not list the guide");
  });
}

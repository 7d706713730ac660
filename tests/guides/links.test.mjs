// Links inside the documentation lead to files and headings that are there, and both READMEs lead to the same.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const { stdout } = spawnSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"], { cwd: ROOT, encoding: "utf8" });
const pages = stdout.trim().split("\n");
assert.ok(pages.length > 10, "git lists no documentation");

/** Its prose: what stands in blocks and in code is no link. */
const prose = (file) => readFileSync(join(ROOT, file), "utf8").replace(/^```.*?^```$/gms, "").replace(/`[^`\n]*`/g, "code");
const links = (file) => [...prose(file).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link).filter((link) => !/^[a-z]+:/.test(link));
/** A heading's address, as hosts make it. */
const anchors = (file) =>
  readFileSync(join(ROOT, file), "utf8").match(/^#+ .+$/gm).map((line) =>
    line.replace(/^#+ /, "").toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-"),
  );

for (const page of pages) {
  test(page, () => {
    for (const link of links(page)) {
      const [path, anchor] = link.split("#");
      const file = path ? normalize(join(dirname(page), path)) : page;
      assert.ok(existsSync(join(ROOT, file)), `${link}: there is no ${file}`);
      if (anchor && statSync(join(ROOT, file)).isFile()) assert.ok(anchors(file).includes(anchor), `${link}: there is no such heading`);
    }
  });
}

test("both READMEs lead to the same", () => {
  const to = (file) => [...new Set(links(file))].filter((link) => !link.startsWith("README")).sort();
  assert.deepEqual(to("README.zh-CN.md"), to("README.md"));
});

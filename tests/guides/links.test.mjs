// Links inside the documentation lead to files and headings that are there, and both READMEs lead to the same.

import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** What others wrote, or what is built. */
const PASSED_OVER = new Set(["node_modules", "target", "pkg", ".git", "dist", ".next"]);

function* written(folder) {
  for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
    if (entry.isDirectory() && !PASSED_OVER.has(entry.name)) yield* written(join(folder, entry.name));
    if (entry.isFile() && entry.name.endsWith(".md")) yield join(folder, entry.name);
  }
}

const pages = [...written("")];
assert.ok(pages.length > 20, "there is no documentation");

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

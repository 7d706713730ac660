// Links inside the documentation must lead to existing files and headings. Both READMEs must have the same links.

import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";

import { ROOT } from "../support/paths.mjs";

/** Folders with foreign or generated files. */
const IGNORED = new Set(["node_modules", "target", "pkg", ".git", "dist", ".next"]);

function* markdownFiles(folder) {
  for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
    if (entry.isDirectory() && !IGNORED.has(entry.name)) yield* markdownFiles(join(folder, entry.name));
    if (entry.isFile() && entry.name.endsWith(".md")) yield join(folder, entry.name);
  }
}

const pages = [...markdownFiles("")];
assert.ok(pages.length > 20, "the documentation was not found");

/** The text of a file without code, which contains no links. */
const prose = (file) => readFileSync(join(ROOT, file), "utf8").replace(/^```.*?^```$/gms, "").replace(/`[^`\n]*`/g, "code");
const links = (file) => [...prose(file).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link).filter((link) => !/^[a-z]+:/.test(link));
/** The anchors that GitHub creates for the headings of a file. */
const anchors = (file) =>
  readFileSync(join(ROOT, file), "utf8").match(/^#+ .+$/gm).map((line) =>
    line.replace(/^#+ /, "").toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-"),
  );

for (const page of pages) {
  test(`the links in ${page}`, () => {
    for (const link of links(page)) {
      const [path, anchor] = link.split("#");
      const file = path ? normalize(join(dirname(page), path)) : page;
      assert.ok(existsSync(join(ROOT, file)), `${link}: no file ${file}`);
      if (anchor && statSync(join(ROOT, file)).isFile()) assert.ok(anchors(file).includes(anchor), `${link}: no such heading`);
    }
  });
}

test("both READMEs have the same links", () => {
  const targets = (file) => [...new Set(links(file))].filter((link) => !link.startsWith("README")).sort();
  assert.deepEqual(targets("README.zh-CN.md"), targets("README.md"));
});

// The packed package: its files, its manifest, how tools resolve it, and its size.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { brotliCompressSync } from "node:zlib";

import { publint } from "publint";
import { formatMessage } from "publint/utils";
import ts from "typescript";

import { BUDGET } from "./budget.mjs";
import { entries, packed, ROOT, run } from "./packed.mjs";

const GENERATED = ["glue.js", "glue.js.map", "glue/bindings/roamkit.d.ts", "roamkit_bg.wasm", "wasm.js"];
const WRITTEN = ["LICENSE-APACHE", "LICENSE-MIT", "README.md", "package.json"];

describe("the package as packed", { timeout: 120_000 }, () => {
  let package_;

  before(async () => {
    package_ = await packed();
  });
  after(() => package_?.remove());

  it("has the intended files and no others", async () => {
    const sources = await readdir(join(ROOT, "package/src"), { recursive: true });
    const compiled = sources
      .filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"))
      .map((file) => file.slice(0, -".ts".length))
      // glue.js contains the files of its folder, and types need no JS.
      .flatMap((name) => [`${name}.d.ts`, ...(/^(glue|easemob\/types)\b/.test(name) ? [] : [`${name}.js`, `${name}.js.map`])]);
    assert.deepEqual(package_.files, [...GENERATED, ...WRITTEN, ...compiled].sort());
  });

  it("has a complete manifest, no install scripts and no dependencies", async () => {
    const { name, version, license, type, scripts, dependencies, peerDependencies, bin } = package_.manifest;
    assert.deepEqual({ name, license, type }, { name: "roamkit", license: "MIT OR Apache-2.0", type: "module" });
    assert.match(version, /^[1-9]\d*\.\d+\.\d+$|^0\.(0\.[1-9]|[1-9])/, "a version that can be published");
    assert.deepEqual({ scripts, dependencies, peerDependencies, bin }, {
      scripts: undefined, dependencies: undefined, peerDependencies: undefined, bin: undefined,
    });
    assert.match(String(await package_.read("README.md")), /npm install roamkit/);
  });

  it("exports only existing files", () => {
    const targets = Object.values(package_.manifest.exports).flatMap((target) =>
      typeof target === "string" ? target : Object.values(target),
    );
    for (const target of targets) assert.ok(package_.files.includes(target.replace("./", "")), `${target} is missing`);
    assert.ok(targets.includes("./roamkit_bg.wasm"));
  });

  it("imports only its own JS, without top-level await", async () => {
    for (const file of package_.files.filter((file) => file.endsWith(".js"))) {
      const source = ts.createSourceFile(file, String(await package_.read(file)), ts.ScriptTarget.Latest, true);
      const visit = (node, inFunction) => {
        const where = `${file}: ${node.getText().slice(0, 80)}`;
        if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
          assert.match(node.moduleSpecifier.text, /^\.\.?\/[\w/-]+\.js$/, where);
        }
        const awaits = ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier);
        assert.ok(inFunction || !awaits, where);
        ts.forEachChild(node, (child) => visit(child, inFunction || ts.isFunctionLike(node)));
      };
      visit(source, false);
    }
  });

  it("has an expression for the WebAssembly that bundlers detect, in the default entry alone", async () => {
    const withImportMeta = [];
    for (const file of package_.files.filter((file) => file.endsWith(".js"))) {
      const text = String(await package_.read(file));
      if (text.includes("import.meta")) withImportMeta.push(file);
    }
    assert.deepEqual(withImportMeta, ["roamkit.js"]);
    assert.match(String(await package_.read("roamkit.js")), /new URL\("roamkit_bg\.wasm",\s*import\.meta\.url\)/);
  });

  it("has source maps with their sources, and without paths of the build machine", async () => {
    const maps = package_.files.filter((file) => file.endsWith(".map"));
    for (const file of maps) {
      const { sources, sourcesContent } = JSON.parse(String(await package_.read(file)));
      assert.ok(sources.length > 0 && sourcesContent.every((text) => text?.length > 0), file);
      for (const source of sources) assert.match(source, /^(\.\.\/)*(package\/(src\/)?|src\/js\/)?[\w/-]+\.[jt]s$/, file);
      const script = String(await package_.read(file.replace(/\.map$/, "")));
      assert.match(script, new RegExp(`//# sourceMappingURL=${file.split("/").at(-1).replaceAll(".", "\\.")}\\s*$`));
    }
    assert.ok(maps.includes("roamkit.js.map") && maps.includes("glue.js.map"));
  });

  it("has WebAssembly without paths of the build machine", async () => {
    const wasm = (await package_.read("roamkit_bg.wasm")).toString("latin1");
    for (const folder of [ROOT, homedir()]) assert.ok(!wasm.includes(folder), folder);
    assert.doesNotMatch(wasm, /\/(home|root|Users|registry|rustlib)\//);
  });

  it("satisfies publint", async () => {
    const { messages } = await publint({ pkgDir: package_.dir, pack: false, strict: true, level: "suggestion" });
    assert.deepEqual(messages.map((message) => formatMessage(message, package_.manifest, { color: false })), []);
  });

  it("has typings that every kind of module resolution finds (attw)", async () => {
    const attw = join(ROOT, "tests/node_modules/.bin/attw");
    // The WebAssembly has no typings, and the package has only ES modules.
    const args = [package_.tarball, "--profile", "esm-only", "--exclude-entrypoints", "./roamkit_bg.wasm", "--no-color"];
    // attw fails if it finds a problem.
    const { stdout } = await run(attw, args).catch(({ stdout, stderr }) => assert.fail(`${stdout}${stderr}`));
    for (const { name } of entries(package_.manifest)) assert.ok(stdout.includes(`"${name}"`), `${name} was not checked`);
  });

  it(`is at most ${BUDGET} bytes after gzip, WebAssembly and glue together`, async (test) => {
    const sizes = [];
    for (const file of package_.files.filter((file) => /\.(js|wasm)$/.test(file))) {
      const bytes = await package_.read(file);
      // The program gzip compresses 1 % better than Node's zlib.
      const gzip = execFileSync("gzip", ["-9", "-c"], { input: bytes, maxBuffer: Infinity }).length;
      sizes.push({ file, bytes: bytes.length, gzip, brotli: brotliCompressSync(bytes).length });
    }
    for (const { file, bytes, gzip, brotli } of sizes) {
      test.diagnostic(`${file}: ${bytes} bytes, gzip ${gzip}, brotli ${brotli}`);
    }
    const needed = sizes.filter(({ file }) => ["glue.js", "roamkit.js", "roamkit_bg.wasm"].includes(file));
    assert.equal(needed.length, 3);
    const sum = (compressed) => needed.reduce((sum, size) => sum + size[compressed], 0);
    const total = `${sum("gzip")} bytes after gzip, ${sum("brotli")} after brotli`;
    test.diagnostic(`the default entry loads ${total}`);
    assert.ok(sum("gzip") <= BUDGET, total);
  });
});

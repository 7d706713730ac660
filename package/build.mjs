// Makes the npm package in pkg/ from the optimized WebAssembly, the bindings of wasm-bindgen, and the TypeScript in src/.
//
//   node package/build.mjs <version>

import { execFileSync } from "node:child_process";
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { publicTypings } from "./typings.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PACKAGE = join(ROOT, "package");
const SRC = join(PACKAGE, "src");
const PKG = join(ROOT, "pkg");
/** wasm-bindgen writes here; the bindings import nothing outside. */
const BINDINGS = "glue/bindings";

const run = (name, ...args) =>
  execFileSync(join(ROOT, "tests/node_modules/.bin", name), args, { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] });
const esbuild = (...args) =>
  run("esbuild", ...args, "--format=esm", "--target=es2022", "--minify", "--sourcemap", "--log-level=warning");

const [, , version] = process.argv;
await rm(PKG, { recursive: true, force: true });
await mkdir(PKG);

const wasm = await readFile(join(SRC, BINDINGS, "roamkit_bg.wasm"));
await writeFile(join(PKG, "roamkit_bg.wasm"), wasm);
// Base64 of gzip: compressed again in transfer, this costs 2 % more than the file itself. Base64 of the bare bytes costs 33 %.
await writeFile(join(PKG, "wasm.js"), `export default "${gzipSync(wasm, { level: 9 }).toString("base64")}";\n`);

run("tsc", "--project", PACKAGE);
const bindings = join(BINDINGS, "roamkit.d.ts");
await mkdir(join(PKG, dirname(bindings)), { recursive: true });
await writeFile(join(PKG, bindings), publicTypings(await readFile(join(SRC, bindings), "utf8")));

// The package has one JS file for each source that contains code, except that glue.js contains the files of glue/.
const sources = (await readdir(SRC, { recursive: true })).filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"));
const separate = sources.filter((file) => !/^(glue\.ts|glue\/|easemob\/types\/)/.test(file));
esbuild(...separate.map((file) => join(SRC, file)), `--outbase=${SRC}`, `--outdir=${PKG}`);
// wasm-bindgen repeats a key of its import object for each import from the same JS file.
esbuild(join(SRC, "glue.ts"), "--bundle", `--outfile=${join(PKG, "glue.js")}`, "--log-override:duplicate-object-key=silent");

const manifest = await readFile(join(PACKAGE, "package.json"), "utf8");
await writeFile(join(PKG, "package.json"), manifest.replace('"version": "0.0.0"', `"version": "${version}"`));
await copyFile(join(PACKAGE, "README.md"), join(PKG, "README.md"));
for (const license of ["LICENSE-MIT", "LICENSE-APACHE"]) await copyFile(join(ROOT, license), join(PKG, license));

// Makes the npm package, in pkg/, of what wasm-bindgen wrote and what is written by hand here.
//
//   node package/build.mjs <wasm-bindgen's folder> <version>

import { execFileSync } from "node:child_process";
import { copyFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { renumber } from "./locals.mjs";
import { shorten } from "./names.mjs";
import { typings } from "./typings.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const HERE = join(ROOT, "package");
const PKG = join(ROOT, "pkg");
const bin = (name) => join(ROOT, "tests/node_modules/.bin", name);
const run = (program, ...args) => execFileSync(program, args, { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] });

// After esbuild: both together make it a thirtieth shorter than either. Functions without `this` become arrows.
function tighten(name) {
  const path = join(PKG, `${name}.js`);
  const map = `content='${path}.map',url='${name}.js.map',includeSources`;
  run(bin("terser"), path, "--module", "--compress=passes=3,unsafe_arrows,ecma=2022", "--mangle", `--source-map=${map}`, `--output=${path}`);
}

const [, , folder, version] = process.argv;
const bound = resolve(folder);

await rm(PKG, { recursive: true, force: true });
await mkdir(PKG);
const { wasm: shortened, glue, mark } = shorten(
  await readFile(join(bound, "roamkit_bg.wasm")),
  await readFile(join(bound, "roamkit.js"), "utf8"),
);
const wasm = renumber(shortened);
await writeFile(join(bound, "bindings.js"), glue);
await writeFile(join(PKG, "roamkit_bg.wasm"), wasm);
// As gzip, also in base64, which is compressed once more on its way, it is transferred at 2 % more than the file itself;
// the bare bytes in base64 take 33 % more.
await writeFile(join(PKG, "wasm.js"), `export default "${gzipSync(wasm, { level: 9 }).toString("base64")}";\n`);

await writeFile(join(PKG, "glue.d.ts"), typings(await readFile(join(bound, "roamkit.d.ts"), "utf8")));
run(bin("tsc"), "--project", HERE);

// Shortened here, since it counts for pages without a bundler; the map has it in full. What loads the WebAssembly is part of
// the glue: in a file of its own it takes 0.4 KB more.
const bundle = (from, to, ...how) =>
  run(bin("esbuild"), from, `--outfile=${to}`, "--bundle", "--format=esm", "--target=es2022", "--sourcemap", "--log-level=warning", ...how);
const bindings = `--alias:roamkit-bindings=${join(bound, "bindings.js")}`;
bundle(join(HERE, "glue.js"), join(bound, "glue.js"), bindings, `--define:MARK=${JSON.stringify(mark)}`);
for (const file of ["load.js", "load.js.map"]) await rename(join(PKG, file), join(bound, file));
const whole = join(bound, "whole.js");
await writeFile(whole, 'export { RoamClient, RoamError, default } from "./glue.js";\nexport { failed, load } from "./load.js";\n');
bundle(whole, join(PKG, "glue.js"), "--minify");
tighten("glue");
const map = JSON.parse(await readFile(join(PKG, "glue.js.map"), "utf8"));
// Names instead of paths of the machine that built it; the texts are in the map.
map.sources = map.sources.map((source) => /src\/js\/.*|package\/(glue\.js|src\/.*)|bindings\.js$/.exec(source)[0]);
await writeFile(join(PKG, "glue.js.map"), JSON.stringify(map));

for (const name of ["roamkit", "inline"]) {
  const path = join(PKG, `${name}.js`);
  const text = (await readFile(path, "utf8")).replace('"./load.js"', '"./glue.js"');
  // All but what the entries alone use.
  const [, ...after] = text.split('export * from "./glue.js";');
  if (after.length !== 1) throw new Error(`${name}.js does not export the glue`);
  await writeFile(path, text.replace('export * from "./glue.js";', 'export { RoamClient, RoamError } from "./glue.js";'));
}
// What is said of it stands in its typings. Otherwise the entry stays as bundlers look through it.
const entry = join(PKG, "roamkit.js");
run(bin("esbuild"), entry, `--outfile=${entry}`, "--allow-overwrite", "--format=esm", "--target=es2022", "--sourcemap", "--log-level=warning");

const manifest = await readFile(join(HERE, "package.json"), "utf8");
await writeFile(join(PKG, "package.json"), manifest.replace('"version": "0.0.0"', `"version": "${version}"`));
await copyFile(join(HERE, "README.md"), join(PKG, "README.md"));
for (const licence of ["LICENSE-MIT", "LICENSE-APACHE"]) await copyFile(join(ROOT, licence), join(PKG, licence));

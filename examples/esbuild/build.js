// Bundles the page into dist/. `--file` keeps the WebAssembly in a separate file; `--serve` starts a development server.

import { copyFile, mkdir } from "node:fs/promises";
import { context } from "esbuild";

const asFile = process.argv.includes("--file");

await mkdir("dist", { recursive: true });
await copyFile("index.html", "dist/index.html");
// esbuild does not change `new URL("roamkit_bg.wasm", import.meta.url)`, so the file must be in the folder of the bundle.
if (asFile) await copyFile("node_modules/roamkit/roamkit_bg.wasm", "dist/roamkit_bg.wasm");

const build = await context({
  entryPoints: ["src/main.ts"],
  outdir: "dist",
  bundle: true,
  minify: true,
  sourcemap: true,
  format: "esm",
  target: "es2022",
  alias: asFile ? { "roamkit/inline": "roamkit" } : {},
  logLevel: "info",
});
if (process.argv.includes("--serve")) {
  await build.watch();
  await build.serve({ servedir: "dist" });
} else {
  await build.rebuild();
  await build.dispose();
}

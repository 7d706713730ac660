// Measures the download size of each client.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const require = createRequire(new URL("../../tests/package.json", import.meta.url));

/** Higher qualities take minutes for a WebAssembly file of tens of megabytes. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };

/** Returns rows with the raw and the compressed sizes. */
export async function sizes(built) {
  const pkg = process.env.ROAMKIT_PKG;
  const official = dirname(require.resolve("easemob-websdk/Easemob-chat.js"));
  const smallest = join(official, "miniCore");
  const rows = [
    row("RoamKit: WebAssembly and JS", roamkitFiles(pkg)),
    row("official client", [join(official, "Easemob-chat.js")]),
    row("official client, its smallest core, which has no history", scripts(smallest)),
    row("official client, that core with messages and its cache", [
      ...scripts(smallest),
      ...scripts(join(official, "message")),
      ...scripts(join(official, "localCache")),
    ]),
  ];
  const openim = openIm(built);
  if (openim) rows.push(row("OpenIM's client: its two WebAssembly files alone", openim));
  return rows;
}

/** The files that the entry `roamkit` loads. */
const roamkitFiles = (pkg) =>
  readdirSync(pkg, { recursive: true })
    .filter((name) => /\.(js|wasm)$/.test(name) && !/(^inline|^easemob|^wasm\.js)/.test(name))
    .map((name) => join(pkg, name));

const scripts = (folder) => readdirSync(folder).filter((name) => name.endsWith(".js")).map((name) => join(folder, name));

function row(what, files) {
  const sum = (size) => files.reduce((all, file) => all + size(readFileSync(file)), 0);
  return {
    what,
    size: {
      raw: sum((content) => content.length),
      gzip: sum((content) => gzipSync(content, { level: 9 }).length),
      brotli: sum((content) => brotliCompressSync(content, BROTLI).length),
    },
  };
}

/** Fetches OpenIM once from the package registry, only for its size. Returns undefined if that fails. */
function openIm(built) {
  const folder = join(built, "openim");
  const files = ["openIM.wasm", "sql-wasm.wasm"].map((name) => join(folder, "package/assets", name));
  if (files.every(existsSync)) return files;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  try {
    const [{ filename }] = JSON.parse(execFileSync("npm", ["pack", "--json", "@openim/wasm-client-sdk"], { cwd: folder }));
    execFileSync("tar", ["xzf", filename], { cwd: folder });
  } catch (error) {
    console.log(`  OpenIM's client cannot be fetched: ${error.message.split("\n")[0]}`);
    return undefined;
  }
  return files;
}

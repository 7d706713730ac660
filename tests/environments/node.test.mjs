// Importing the package in Node, as server-side rendering does, must have no side effects.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

import { PKG } from "../support/paths.mjs";

const PACKAGE_URL = JSON.stringify(pathToFileURL(`${PKG}/roamkit.js`).href);

/** Globals of a page that Node does not have in every version. */
const PAGE_GLOBALS = [
  "window", "self", "document", "navigator", "location", "indexedDB", "localStorage", "WebSocket", "BroadcastChannel",
  "addEventListener", "fetch", "setTimeout", "setInterval", "postMessage",
];

/** Runs a module in a new Node process, which must exit by itself. Resolves with its output, parsed as JSON. */
async function run(code, ...options) {
  const args = [...options, "--input-type=module", "--eval", code];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 });
  assert.equal(stderr.replaceAll(/.*ExperimentalWarning.*\n|.*--trace-warnings.*\n/g, ""), "");
  return JSON.parse(stdout);
}

describe("importing the package", { timeout: 60_000 }, () => {
  it("reads and adds no globals in Node and lets the process exit", async () => {
    const { exported, touched, added } = await run(`
      const touched = [];
      for (const name of ${JSON.stringify(PAGE_GLOBALS)}) {
        const value = globalThis[name];
        Object.defineProperty(globalThis, name, { configurable: true, get: () => (touched.push(name), value) });
      }
      const before = new Set(Reflect.ownKeys(globalThis));
      const roamkit = await import(${PACKAGE_URL});
      const added = Reflect.ownKeys(globalThis).filter((name) => !before.has(name)).map(String);
      process.stdout.write(JSON.stringify({ exported: Object.keys(roamkit).sort(), touched, added }));
    `);
    assert.deepEqual({ touched, added }, { touched: [], added: [] });
    assert.deepEqual(exported, ["RoamClient", "RoamError", "default"]);
  });

  it("works with the incomplete browser globals that some renderers define", async () => {
    const imported = await run(`
      globalThis.window = globalThis;
      globalThis.document = {};
      globalThis.navigator ??= {};
      const { RoamClient } = await import(${PACKAGE_URL});
      process.stdout.write(JSON.stringify(typeof RoamClient));
    `);
    assert.equal(imported, "function");
  });

  it("works in a context with few globals beyond the language", async () => {
    const imported = await run(
      `
      import { readFile } from "node:fs/promises";
      import { createContext, SourceTextModule } from "node:vm";
      const context = createContext({ TextDecoder, TextEncoder });
      const modules = new Map();
      async function load(url) {
        if (!modules.has(url)) {
          const source = await readFile(new URL(url), "utf8");
          const initializeImportMeta = (meta) => { meta.url = url; };
          modules.set(url, new SourceTextModule(source, { context, identifier: url, initializeImportMeta }));
        }
        return modules.get(url);
      }
      const module = await load(${PACKAGE_URL});
      await module.link((specifier, from) => load(new URL(specifier, from.identifier).href));
      await module.evaluate();
      process.stdout.write(JSON.stringify(typeof module.namespace.RoamClient));
      `,
      "--experimental-vm-modules",
    );
    assert.equal(imported, "function");
  });

  it("makes calls before init reject and has no other effect", async () => {
    const [open, later] = await run(`
      const { RoamClient } = await import(${PACKAGE_URL});
      const results = [];
      try {
        await RoamClient.open({ appKey: "org#app", user: "alice" });
        results.push("done");
      } catch (error) {
        results.push(error instanceof Error ? "failed" : typeof error);
      }
      await new Promise((resolve) => setTimeout(resolve));
      results.push("later");
      process.stdout.write(JSON.stringify(results));
    `);
    assert.deepEqual([open, later], ["failed", "later"]);
  });
});

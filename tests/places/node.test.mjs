// The package in Node and in what renders pages on a server: importing it does nothing.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

import { PKG } from "./world.mjs";

const URL_OF_PACKAGE = JSON.stringify(pathToFileURL(`${PKG}roamkit.js`).href);

/** What a page has and Node has not, or not in every version. */
const OF_PAGES = [
  "window", "self", "document", "navigator", "location", "indexedDB", "localStorage", "WebSocket", "BroadcastChannel",
  "addEventListener", "fetch", "setTimeout", "setInterval", "postMessage",
];

/** Runs a module in a Node of its own, which must end by itself. Resolves with what it printed, as JSON. */
async function run(code, ...options) {
  const args = [...options, "--input-type=module", "--eval", code];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 });
  assert.equal(stderr.replaceAll(/.*ExperimentalWarning.*\n|.*--trace-warnings.*\n/g, ""), "");
  return JSON.parse(stdout);
}

describe("importing the package", { timeout: 60_000 }, () => {
  it("touches nothing in Node, and lets the process end", async () => {
    const { exported, touched, added } = await run(`
      const touched = [];
      for (const name of ${JSON.stringify(OF_PAGES)}) {
        const value = globalThis[name];
        Object.defineProperty(globalThis, name, { configurable: true, get: () => (touched.push(name), value) });
      }
      const before = new Set(Reflect.ownKeys(globalThis));
      const roamkit = await import(${URL_OF_PACKAGE});
      const added = Reflect.ownKeys(globalThis).filter((name) => !before.has(name)).map(String);
      process.stdout.write(JSON.stringify({ exported: Object.keys(roamkit).sort(), touched, added }));
    `);
    assert.deepEqual({ touched, added }, { touched: [], added: [] });
    assert.deepEqual(exported, ["RoamClient", "RoamError", "default"]);
  });

  it("works beside the half of a browser that some renderers pretend to be", async () => {
    const imported = await run(`
      globalThis.window = globalThis;
      globalThis.document = {};
      globalThis.navigator ??= {};
      const { RoamClient } = await import(${URL_OF_PACKAGE});
      process.stdout.write(JSON.stringify(typeof RoamClient));
    `);
    assert.equal(imported, "function");
  });

  it("works in a context that has little more than the language", async () => {
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
      const module = await load(${URL_OF_PACKAGE});
      await module.link((specifier, from) => load(new URL(specifier, from.identifier).href));
      await module.evaluate();
      process.stdout.write(JSON.stringify(typeof module.namespace.RoamClient));
      `,
      "--experimental-vm-modules",
    );
    assert.equal(imported, "function");
  });

  it("lets calls before init fail, and nothing else", async () => {
    const [open, later] = await run(`
      const { RoamClient } = await import(${URL_OF_PACKAGE});
      const kinds = [];
      try {
        await RoamClient.open({ appKey: "org#app", user: "alice" });
        kinds.push("done");
      } catch (error) {
        kinds.push(error instanceof Error ? "failed" : typeof error);
      }
      await new Promise((resolve) => setTimeout(resolve));
      kinds.push("later");
      process.stdout.write(JSON.stringify(kinds));
    `);
    assert.deepEqual([open, later], ["failed", "later"]);
  });
});

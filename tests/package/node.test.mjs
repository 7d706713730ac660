// The entries in Node and during server-side rendering: importing them has no side effects.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { entries, packed, run } from "./packed.mjs";

/** Globals of a page. The tests let every access to them fail, because some renderers define a part of them. */
const OF_PAGES = [
  "self", "window", "document", "navigator", "location", "indexedDB", "localStorage", "fetch", "WebSocket",
];
const TRAPS = `
  for (const name of ${JSON.stringify(OF_PAGES)}) {
    Object.defineProperty(globalThis, name, { configurable: true, get() { throw new Error(name + " was touched"); } });
  }
`;

describe("the entries in Node", { timeout: 120_000 }, () => {
  let package_;

  /** Runs code in a new Node process in the project with the package. Resolves with the JSON that it prints. */
  const node = async (code) => {
    const args = ["--input-type=module", "--eval", code];
    const { stdout } = await run(process.execPath, args, { cwd: package_.project, timeout: 20_000 });
    return JSON.parse(stdout);
  };
  const names = () => entries(package_.manifest).map(({ name }) => name);

  before(async () => {
    package_ = await packed();
  });
  after(() => package_?.remove());

  it("use no globals of a page and add none when they are imported", async () => {
    assert.ok(names().length > 1);
    for (const name of names()) {
      const added = await node(`
        ${TRAPS}
        const before = new Set(Reflect.ownKeys(globalThis));
        await import("${name}");
        process.stdout.write(JSON.stringify(Reflect.ownKeys(globalThis).filter((key) => !before.has(key)).map(String)));
      `);
      assert.deepEqual(added, [], name);
    }
  });

  it("would fail on a use of such a global", async () => {
    const message = await node(`
      ${TRAPS}
      try { self; } catch (error) { process.stdout.write(JSON.stringify(error.message)); }
    `);
    assert.equal(message, "self was touched");
  });

  it("export the same client class, the same error class, and init", async () => {
    const [exported, same] = await node(`
      const roamkit = await import("roamkit");
      const inline = await import("roamkit/inline");
      const same = roamkit.RoamClient === inline.RoamClient && roamkit.RoamError === inline.RoamError;
      process.stdout.write(JSON.stringify([[roamkit, inline].map((entry) => Object.keys(entry).sort()), same]));
    `);
    assert.deepEqual(exported, Array(2).fill(["RoamClient", "RoamError", "default"]));
    assert.equal(same, true);
  });

  it("leave the WebAssembly and the manifest importable", async () => {
    const [magic, version] = await node(`
      import { readFile } from "node:fs/promises";
      const read = (name) => readFile(new URL(import.meta.resolve(name)));
      const wasm = await read("roamkit/roamkit_bg.wasm");
      const { version } = JSON.parse(await read("roamkit/package.json"));
      process.stdout.write(JSON.stringify([wasm.toString("latin1", 0, 4), version]));
    `);
    assert.deepEqual([magic, version], ["\0asm", package_.manifest.version]);
  });

  it("load from bytes or inline, and ask for init before that", async () => {
    for (const [name, bytes] of [["roamkit", true], ["roamkit/inline", false]]) {
      const [before, after] = await node(`
        import { readFile } from "node:fs/promises";
        const { default: init, RoamClient, RoamError } = await import("${name}");
        const open = () => RoamClient.open({ appKey: "no key", user: "alice" }).then(
          () => "opened", (error) => [error instanceof RoamError, error.code, error.message]);
        const before = await open();
        await init(${bytes ? 'await readFile(new URL(import.meta.resolve("roamkit/roamkit_bg.wasm")))' : ""});
        process.stdout.write(JSON.stringify([before, await open()]));
      `);
      assert.deepEqual(before.slice(0, 2), [true, 1], name);
      assert.match(before[2], /await init\(\) first/, name);
      assert.deepEqual(after.slice(0, 2), [true, 100], name);
    }
  });
});

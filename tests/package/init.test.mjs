// `init` in a browser: all inputs, repeated calls, and failures.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { Site, use } from "./site.mjs";

/** The inputs of the default entry's `init`, as expressions that the page evaluates. */
const INPUTS = {
  nothing: "undefined",
  "a string": "'/pkg/roamkit_bg.wasm'",
  "a URL": "new URL('/pkg/roamkit_bg.wasm', location.href)",
  "a Request": "new Request('/pkg/roamkit_bg.wasm')",
  "a Response": "await fetch('/pkg/roamkit_bg.wasm')",
  "a promise of a Response": "fetch('/pkg/roamkit_bg.wasm')",
  "a promise of a string": "Promise.resolve('/pkg/roamkit_bg.wasm')",
  "an ArrayBuffer": "await (await fetch('/pkg/roamkit_bg.wasm')).arrayBuffer()",
  "a typed array": "new Uint8Array(await (await fetch('/pkg/roamkit_bg.wasm')).arrayBuffer())",
  "a part of a buffer": `await (async () => {
    const bytes = new Uint8Array(await (await fetch('/pkg/roamkit_bg.wasm')).arrayBuffer());
    const larger = new Uint8Array(bytes.length + 16);
    larger.set(bytes, 8);
    return new DataView(larger.buffer, 8, bytes.length);
  })()`,
  "a module": "await WebAssembly.compileStreaming(fetch('/pkg/roamkit_bg.wasm'))",
  "a module of another window": `await (async () => {
    const frame = document.body.appendChild(document.createElement('iframe'));
    return frame.contentWindow.WebAssembly.compileStreaming(fetch('/pkg/roamkit_bg.wasm'));
  })()`,
  "an address by name": "{ module_or_path: '/pkg/roamkit_bg.wasm' }",
  "a promise by name": "{ module_or_path: fetch('/pkg/roamkit_bg.wasm') }",
  "nothing by name": "{ module_or_path: undefined }",
  "a response without its content type": "'/site/roamkit.bin'",
};

/** Inputs that fail, with the error's code and a pattern for its message. */
const FAILURES = {
  "a missing file": ["'/site/missing.wasm'", 303, /\/site\/missing\.wasm answers 404/],
  "a page instead of a file": ["'/site/index.html'", 303, /\/index\.html is not WebAssembly but of the type text\/html/],
  "a response with a page": ["fetch('/site/index.html')", 303, /\/site\/index\.html is not WebAssembly/],
  "a damaged file": ["'/site/damaged.wasm'", 1, /\/site\/damaged\.wasm could not be compiled \(it is damaged/],
  "another WebAssembly": ["'/site/other.wasm'", 1, /not the one that this version of roamkit goes with/],
  "another build's WebAssembly": ["'/site/another-build.wasm'", 1, /not the one that this version of roamkit goes with/],
  "an unreachable server": ["'http://127.0.0.1:9/a.wasm'", 2, /could not be fetched from http:\/\/127\.0\.0\.1:9\/a\.wasm/],
  "a promise that rejects": ["Promise.reject(new Error('no luck'))", 2, /the promise that init was given rejected: no luck/],
  "a response that is already read": [
    "fetch('/pkg/roamkit_bg.wasm').then(async (response) => (await response.text(), response))",
    2,
    /could not be read from .*roamkit_bg\.wasm/,
  ],
  "bytes of another format": ["new Uint8Array(100)", 303, /what init was given is not WebAssembly/],
  "no bytes": ["new ArrayBuffer(0)", 303, /what init was given is not WebAssembly/],
  "a number": ["42", 110, /init takes nothing, a URL, .*WebAssembly\.Module.*it was given: Number/],
  null: ["null", 110, /it was given: Null/],
  "an object": ["{ url: '/pkg/roamkit_bg.wasm' }", 110, /module_or_path.*it was given: Object/],
  "an event": ["new Event('click')", 110, /it was given: Event/],
  "a promise of an unsupported value": ["Promise.resolve(true)", 110, /it was given: Boolean/],
};

/** Code for the page that calls `init` and returns the outcome. */
const ending = (input, entry = "roamkit") => `(async () => {
  const { default: init, RoamError } = await import("/pkg/${entry}.js");
  try {
    return { value: await init(${input}) };
  } catch (error) {
    const { name, code, reason, message } = error;
    return { isRoamError: error instanceof RoamError, name, code, reason, message };
  }
})()`;

/** Runs in the page and counts the instantiations of WebAssembly from now on. */
const counting = () => {
  window.instances = 0;
  const { instantiate, instantiateStreaming } = WebAssembly;
  WebAssembly.instantiate = (...args) => ((window.instances += 1), instantiate(...args));
  WebAssembly.instantiateStreaming = (...args) => ((window.instances += 1), instantiateStreaming(...args));
};

describe("init", { timeout: 300_000 }, () => {
  let site;

  before(async () => {
    site = await Site.open();
  });
  after(() => site?.close());

  for (const [what, input] of Object.entries(INPUTS)) {
    it(`takes ${what}`, async () => {
      const { page, troubles } = await site.page();
      assert.deepEqual(await page.evaluate(ending(input)), { value: undefined });
      assert.deepEqual(await page.evaluate(use, "roamkit"), []);
      assert.deepEqual(troubles, []);
    });
  }

  for (const [what, [input, code, message]] of Object.entries(FAILURES)) {
    it(`explains the failure of ${what}, and can be repeated`, async () => {
      const { page } = await site.page();
      const failed = await page.evaluate(ending(input));
      assert.deepEqual([failed.isRoamError, failed.code], [true, code], JSON.stringify(failed));
      assert.match(failed.message, message);
      assert.match(failed.reason, /^[A-Z_]+$/);
      assert.deepEqual(await page.evaluate(ending("")), { value: undefined });
      assert.deepEqual(await page.evaluate(use, "roamkit"), []);
    });
  }

  it("rejects with AbortError when the application aborts", async () => {
    const { page } = await site.page();
    for (const input of [
      "new Request('/pkg/roamkit_bg.wasm', { signal: AbortSignal.abort() })",
      "fetch('/pkg/roamkit_bg.wasm', { signal: AbortSignal.abort() })",
    ]) {
      const { isRoamError, name } = await page.evaluate(ending(input));
      assert.deepEqual({ isRoamError, name }, { isRoamError: false, name: "AbortError" });
    }
    assert.deepEqual(await page.evaluate(ending("")), { value: undefined });
  });

  it("loads once for repeated and simultaneous calls through both entries", async () => {
    const { page, troubles } = await site.page();
    const requests = [];
    page.on("request", (request) => requests.push(new URL(request.url()).pathname));
    await page.evaluate(counting);
    const instances = await page.evaluate(async () => {
      const { default: init, RoamClient } = await import("/pkg/roamkit.js");
      const { default: inline } = await import("/pkg/inline.js");
      await Promise.all([init(), init("/pkg/roamkit_bg.wasm"), init({ module_or_path: "/pkg/roamkit_bg.wasm" }), inline()]);
      const client = await RoamClient.open({ appKey: "org#app", user: "alice" });
      await Promise.all([init(), inline()]);
      // A second instance would not have this client.
      await client.loadAllConversations();
      client.close();
      return window.instances;
    });
    assert.equal(instances, 1);
    assert.deepEqual(requests.filter((path) => path.endsWith(".wasm")), ["/pkg/roamkit_bg.wasm"]);
    assert.deepEqual(troubles, []);
  });

  it("fails for all simultaneous calls, and the next call tries again", async () => {
    const { page } = await site.page();
    const tries = [];
    await page.route("**/roamkit_bg.wasm", (route) => {
      tries.push(route.request().url());
      return tries.length > 1 ? route.continue() : route.abort();
    });
    const ends = await page.evaluate(async () => {
      const { default: init } = await import("/pkg/roamkit.js");
      const first = await Promise.allSettled([init(), init(), init()]);
      const second = await Promise.allSettled([init(), init()]);
      return [...first, ...second].map(({ status, reason }) => reason?.code ?? status);
    });
    assert.deepEqual(ends, [2, 2, 2, "fulfilled", "fulfilled"]);
    assert.equal(tries.length, 2);
  });

  for (const entry of ["roamkit", "inline"]) {
    it(`is asked for by what comes before it, and the application goes on (${entry})`, async () => {
      const { page, troubles } = await site.page();
      const early = await page.evaluate(async (entry) => {
        const { RoamClient, RoamError } = await import(`/pkg/${entry}.js`);
        const error = await RoamClient.open({ appKey: "org#app", user: "alice" }).catch((error) => error);
        return [error instanceof RoamError, error.code, error.reason, error.message];
      }, entry);
      assert.deepEqual(early.slice(0, 3), [true, 1, "GENERAL_ERROR"]);
      assert.match(early[3], /await init\(\) first/);
      assert.deepEqual(await page.evaluate(ending("", entry)), { value: undefined });
      assert.deepEqual(await page.evaluate(use, entry), []);
      assert.deepEqual(troubles, []);
    });
  }

  it("needs no file besides the JS (inline)", async () => {
    const { page, troubles } = await site.page();
    const requests = [];
    page.on("request", (request) => requests.push(new URL(request.url()).pathname));
    assert.deepEqual(await page.evaluate(ending("", "inline")), { value: undefined });
    assert.deepEqual(await page.evaluate(use, "inline"), []);
    assert.deepEqual(requests.filter((path) => !path.endsWith(".js")), []);
    assert.deepEqual(troubles, []);
  });

  it("throws errors of the class that both entries export", async () => {
    const { page } = await site.page();
    const same = await page.evaluate(async () => {
      const roamkit = await import("/pkg/roamkit.js");
      const inline = await import("/pkg/inline.js");
      await inline.default();
      const error = await roamkit.RoamClient.open({ appKey: "no key", user: "alice" }).catch((error) => error);
      return [
        error instanceof roamkit.RoamError, error instanceof inline.RoamError, error instanceof Error, error.code,
        error.constructor.name, roamkit.RoamClient.name,
      ];
    });
    assert.deepEqual(same, [true, true, true, 100, "RoamError", "RoamClient"]);
  });
});

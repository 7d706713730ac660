// docs/guides/worker.md

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { BOB, World, shows } from "./world.mjs";

let world;
before(async () => (world = await World.open("worker")));
after(() => world?.close());

test("messages come through the worker, and the page has no WebAssembly", async () => {
  const id = await world.say("one");
  const page = await world.open();
  await shows(page, "#messages li", ["one"]);
  await shows(page, "#status", ["102 INVALID_PASSWORD"]);
  await world.say("two");
  await shows(page, "#messages li", ["one", "two"]);
  await (await world.elsewhere()).remove("phone", BOB, { msgIdList: [id] });
  await shows(page, "#messages li", ["two"]);

  const [worker] = page.workers();
  const loaded = (place) => place.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
  assert.ok((await loaded(worker)).some((name) => name.endsWith(".wasm")), "the worker has no WebAssembly");
  assert.deepEqual((await loaded(page)).filter((name) => name.endsWith(".wasm")), []);
  assert.deepEqual(page.wrong, []);
  world.allRun();
});

// docs/guides/worker.md

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { BOB, Fixture, waitForLines } from "./fixture.mjs";

let fixture;
before(async () => (fixture = await Fixture.open("worker")));
after(() => fixture?.close());

test("the page shows messages of the worker and loads no WebAssembly itself", async () => {
  const id = await fixture.send("one");
  const page = await fixture.openPage();
  await waitForLines(page, "#messages li", ["one"]);
  await waitForLines(page, "#status", ["102 INVALID_PASSWORD"]);
  await fixture.send("two");
  await waitForLines(page, "#messages li", ["one", "two"]);
  await (await fixture.otherDevice()).remove("phone", BOB, { msgIdList: [id] });
  await waitForLines(page, "#messages li", ["two"]);

  const [worker] = page.workers();
  const loaded = (context) => context.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
  assert.ok((await loaded(worker)).some((name) => name.endsWith(".wasm")), "the worker loaded no WebAssembly");
  assert.deepEqual((await loaded(page)).filter((name) => name.endsWith(".wasm")), []);
  assert.deepEqual(page.errors, []);
  fixture.assertAllFilesLoaded();
});

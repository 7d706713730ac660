// docs/guides/quick-start.md

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { BOB, World, shows } from "./world.mjs";

let world;
before(async () => (world = await World.open("quick-start")));
after(() => world?.close());

test("a conversation is shown, stays current, and is there without the server", async () => {
  const ids = [];
  for (const text of ["one", "<b>two</b>", "three"]) ids.push(await world.say(text));
  const page = await world.open();
  await shows(page, "#messages li", ["bob: one", "bob: <b>two</b>", "bob: three"]);
  await shows(page, "#status", ["Online"]);
  assert.equal(await page.locator("#messages b").count(), 0, "a text became markup");

  await world.say("four");
  await shows(page, "#messages li", ["bob: one", "bob: <b>two</b>", "bob: three", "bob: four"]);
  await (await world.elsewhere()).remove("phone", BOB, { msgIdList: [ids[0]] });
  const left = ["bob: <b>two</b>", "bob: three", "bob: four"];
  await shows(page, "#messages li", left);

  await world.server.kill();
  await page.reload();
  await shows(page, "#messages li", left);
  await shows(page, "#status", ["Offline (NETWORK_ERROR)"]);
  assert.deepEqual(page.wrong, []);
  world.allRun();
});

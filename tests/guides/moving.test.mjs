// docs/guides/moving.md

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { BOB, World, until } from "./world.mjs";

let world;
before(async () => {
  world = await World.open("moving");
});
after(() => world?.close());

/** What the application writes until a removal on another device has come; with two messages there at first. */
async function said(page) {
  const log = () => page.locator("#log").innerText();
  const waitFor = (line) => until(`"${line}" is written`, async () => (await log()).includes(line)).catch(async (error) => {
    throw new Error(`${error.message}; written: ${JSON.stringify(await log())} ${page.wrong.join("\n")}`);
  });
  await waitFor("removed the newest");
  const elsewhere = await world.elsewhere();
  const [left] = await elsewhere.history(BOB);
  await elsewhere.remove("phone", BOB, { msgIdList: [left.id] });
  await waitFor("deleteRoaming bob");
  assert.deepEqual(page.wrong, []);
  return (await log()).trim().split("\n");
}

const LINES = ["bob: 2 unread", "bob: two", "bob: one", "removed the newest", "deleteRoaming bob"];

test("the application says the same with the official client and, its first line changed, with RoamKit", async () => {
  for (const text of ["one", "two"]) await world.say(text);
  const before = await world.open();
  assert.deepEqual(await said(before), LINES);
  world.allRun();
  await before.close();

  const [first, ...rest] = world.guide.files.get("app.js").split("\n");
  assert.equal(first, `import websdk from "easemob-websdk";`);
  world.guide.files.set("app.js", [world.guide.files.get("app.js:1").trim(), ...rest].join("\n"));
  await world.openSite(world.server.url);
  for (const text of ["one", "two"]) await world.say(text);
  const after = await world.open();
  assert.deepEqual(await said(after), LINES);
});

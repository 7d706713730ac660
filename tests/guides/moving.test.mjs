// docs/guides/moving.md

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { waitUntil } from "../support/wait.mjs";
import { BOB, Fixture } from "./fixture.mjs";

let fixture;
before(async () => {
  fixture = await Fixture.open("moving");
});
after(() => fixture?.close());

/** Removes a message on another device when the application is ready. Returns the lines of the application's log. */
async function logLines(page) {
  const log = () => page.locator("#log").innerText();
  const waitFor = (line) => waitUntil(`"${line}" is written`, async () => (await log()).includes(line)).catch(async (error) => {
    throw new Error(`${error.message}; the log: ${JSON.stringify(await log())} ${page.errors.join("\n")}`);
  });
  await waitFor("removed the newest");
  const phone = await fixture.otherDevice();
  const [left] = await phone.history(BOB);
  await phone.remove("phone", BOB, { msgIdList: [left.id] });
  await waitFor("deleteRoaming bob");
  assert.deepEqual(page.errors, []);
  return (await log()).trim().split("\n");
}

const LINES = ["bob: 2 unread", "bob: two", "bob: one", "removed the newest", "deleteRoaming bob"];

test("the application logs the same lines with the official client and, after changing one import, with RoamKit", async () => {
  for (const text of ["one", "two"]) await fixture.send(text);
  const before = await fixture.openPage();
  assert.deepEqual(await logLines(before), LINES);
  fixture.assertAllFilesLoaded();
  await before.close();

  const [first, ...rest] = fixture.guide.files.get("app.js").split("\n");
  assert.equal(first, `import websdk from "easemob-websdk";`);
  fixture.guide.files.set("app.js", [fixture.guide.files.get("app.js:1").trim(), ...rest].join("\n"));
  await fixture.openSite(fixture.server.url);
  for (const text of ["one", "two"]) await fixture.send(text);
  const after = await fixture.openPage();
  assert.deepEqual(await logLines(after), LINES);
});

// docs/guides/quick-start.md

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { BOB, Fixture, waitForLines } from "./fixture.mjs";

let fixture;
before(async () => (fixture = await Fixture.open("quick-start")));
after(() => fixture?.close());

test("a conversation is shown, stays up to date, and is shown again without the server", async () => {
  const ids = [];
  for (const text of ["one", "<b>two</b>", "three"]) ids.push(await fixture.send(text));
  const page = await fixture.openPage();
  await waitForLines(page, "#messages li", ["bob: one", "bob: <b>two</b>", "bob: three"]);
  await waitForLines(page, "#status", ["Online"]);
  assert.equal(await page.locator("#messages b").count(), 0, "a text was interpreted as markup");

  await fixture.send("four");
  await waitForLines(page, "#messages li", ["bob: one", "bob: <b>two</b>", "bob: three", "bob: four"]);
  await (await fixture.otherDevice()).remove("phone", BOB, { msgIdList: [ids[0]] });
  const left = ["bob: <b>two</b>", "bob: three", "bob: four"];
  await waitForLines(page, "#messages li", left);

  await fixture.server.kill();
  await page.reload();
  await waitForLines(page, "#messages li", left);
  await waitForLines(page, "#status", ["Offline (NETWORK_ERROR)"]);
  assert.deepEqual(page.errors, []);
  fixture.assertAllFilesLoaded();
});

// docs/guides/removing.md

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { waitUntil } from "../support/wait.mjs";
import { BOB, Fixture, waitForLines } from "./fixture.mjs";

let fixture;
let otherDevice;
before(async () => {
  fixture = await Fixture.open("removing");
  otherDevice = await fixture.otherDevice();
});
after(() => fixture?.close());

const lines = (...texts) => texts.map((text) => `${text} Remove`);
const textsOnServer = async () => (await otherDevice.history(BOB)).map(({ content }) => content.replace("txt:", ""));
const remove = (page, text) => page.locator("#messages li", { hasText: text }).getByRole("button").click();

test("an undone removal sends nothing, others reach the server, and a refused one shows the message again", async () => {
  for (const text of ["one", "two", "three"]) await fixture.send(text);
  const page = await fixture.openPage();
  let removals = 0;
  page.on("request", (request) => (removals += request.method() === "DELETE" ? 1 : 0));
  await waitForLines(page, "#messages li", lines("one", "two", "three"));

  await remove(page, "one");
  await remove(page, "two");
  await waitForLines(page, "#messages li", lines("three"));
  await waitForLines(page, "#summary", ["Removed: 2"]);
  await page.getByRole("button", { name: "Undo" }).click();
  await waitForLines(page, "#messages li", lines("one", "two", "three"));
  assert.equal(await page.locator("#bar").isVisible(), false);

  await remove(page, "two");
  await waitUntil("the server has removed it", async () => !(await textsOnServer()).includes("two"));
  assert.deepEqual(await textsOnServer(), ["one", "three"]);
  await waitForLines(page, "#messages li", lines("one", "three"));
  // Only the removal that was not undone was sent. Preflights do not count.
  assert.equal(removals, 1);

  await page.route("**/message/roaming/**", (route) => route.fulfill({
    status: 403,
    headers: { "Access-Control-Allow-Origin": "*" },
    json: { error: "forbidden", error_description: "not today" },
  }));
  await remove(page, "three");
  await waitForLines(page, "#messages li", lines("one"));
  await waitForLines(page, "#messages li", lines("one", "three"));
  assert.match(await page.locator("#failed").innerText(), /^Not removed: .*not today/);
  await page.unrouteAll();

  await remove(page, "one");
  await page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { value: "hidden" });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await waitUntil("the pending removal was sent when the page was hidden", async () => !(await textsOnServer()).includes("one"), 4_000);
  assert.deepEqual(page.errors, []);
  fixture.assertAllFilesLoaded();
});

test("a message that another device removes disappears", async () => {
  const id = await fixture.send("four");
  const page = await fixture.openPage();
  await waitForLines(page, "#messages li", lines("three", "four"));
  await otherDevice.remove("phone", BOB, { msgIdList: [id] });
  await waitForLines(page, "#messages li", lines("three"));
});

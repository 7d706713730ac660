// docs/guides/removing.md

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { BOB, World, shows, until } from "./world.mjs";

let world;
let truth;
before(async () => {
  world = await World.open("removing");
  truth = await world.elsewhere();
});
after(() => world?.close());

const lines = (...texts) => texts.map((text) => `${text} Remove`);
const said = async () => (await truth.history(BOB)).map((message) => message.said.replace("txt:", ""));
const remove = (page, text) => page.locator("#messages li", { hasText: text }).getByRole("button").click();

test("undone: nothing was sent; not undone: gone for good; refused: shown again", async () => {
  for (const text of ["one", "two", "three"]) await world.say(text);
  const page = await world.open();
  let removals = 0;
  page.on("request", (request) => (removals += request.method() === "DELETE" ? 1 : 0));
  await shows(page, "#messages li", lines("one", "two", "three"));

  await remove(page, "one");
  await remove(page, "two");
  await shows(page, "#messages li", lines("three"));
  await shows(page, "#said", ["Removed: 2"]);
  await page.getByRole("button", { name: "Undo" }).click();
  await shows(page, "#messages li", lines("one", "two", "three"));
  assert.equal(await page.locator("#bar").isVisible(), false);

  await remove(page, "two");
  await until("the server has removed it", async () => !(await said()).includes("two"));
  assert.deepEqual(await said(), ["one", "three"]);
  await shows(page, "#messages li", lines("one", "three"));
  // One request for the one that was not undone; a preflight is none of these.
  assert.equal(removals, 1);

  await page.route("**/message/roaming/**", (route) => route.fulfill({
    status: 403,
    headers: { "Access-Control-Allow-Origin": "*" },
    json: { error: "forbidden", error_description: "not today" },
  }));
  await remove(page, "three");
  await shows(page, "#messages li", lines("one"));
  await shows(page, "#messages li", lines("one", "three"));
  assert.match(await page.locator("#failed").innerText(), /^Not removed: .*not today/);
  await page.unrouteAll();

  await remove(page, "one");
  await page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { value: "hidden" });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await until("what waited was removed when the page was left", async () => !(await said()).includes("one"), 4_000);
  assert.deepEqual(page.wrong, []);
  world.allRun();
});

test("what is removed elsewhere goes", async () => {
  const id = await world.say("four");
  const page = await world.open();
  await shows(page, "#messages li", lines("three", "four"));
  await truth.remove("phone", BOB, { msgIdList: [id] });
  await shows(page, "#messages li", lines("three"));
});

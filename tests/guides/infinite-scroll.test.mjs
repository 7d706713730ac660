// docs/guides/infinite-scroll.md

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { waitUntil } from "../support/wait.mjs";
import { Fixture } from "./fixture.mjs";

const COUNT = 300;
let fixture;
before(async () => (fixture = await Fixture.open("infinite-scroll")));
after(() => fixture?.close());

const shown = (page) => page.locator("#log li").evaluateAll((items) => items.map((item) => item.id.slice(1)));
const scroll = (page, to) => page.locator("#box").evaluate((box, to) => (box.scrollTop = to === "up" ? 0 : box.scrollHeight), to);

/** Scrolls up or down until a message is shown. */
const scrollTo = (page, to, id) =>
  waitUntil(`${id} is shown`, async () => {
    await scroll(page, to);
    return (await shown(page)).includes(id);
  });

/** Opens the message in the middle and scrolls to both ends. Returns the number of requests for history. */
async function walk(page, ids) {
  let requests = 0;
  page.on("request", (request) => (requests += request.url().includes("/messageroaming") ? 1 : 0));
  await page.goto(`${fixture.site.url}/index.html?message=${ids[COUNT / 2]}`);
  await page.locator(`#m${ids[COUNT / 2]}`).waitFor();
  await waitUntil("the message is in the middle", () =>
    page.evaluate((id) => {
      const [box, item] = ["box", `m${id}`].map((id) => document.getElementById(id).getBoundingClientRect());
      return item.top >= box.top && item.bottom <= box.bottom;
    }, ids[COUNT / 2]),
  );
  await scrollTo(page, "up", ids[0]);
  await scrollTo(page, "down", ids.at(-1));
  assert.deepEqual(await shown(page), ids, "each message once, in order");
  return requests;
}

test("scrolling from the middle to both ends shows each message once; a second visit sends no requests", async () => {
  const ids = [];
  for (let i = 0; i < COUNT; i += 1) ids.push(await fixture.send(`message ${i}`));
  const page = await fixture.openPage("/index.html");
  assert.ok((await walk(page, ids)) >= COUNT / 50);

  await page.locator("#box").evaluate((box) => (box.scrollTop = box.scrollHeight));
  ids.push(await fixture.send("a new message"));
  await waitUntil("the new message is shown", async () => (await shown(page)).at(-1) === ids.at(-1));

  assert.equal(await walk(page, ids), 0, "requests for history on the second visit");
  assert.deepEqual(page.errors, []);
  fixture.assertAllFilesLoaded();
});

test("the messages on the screen keep their place when older ones are inserted", async () => {
  const page = await fixture.openPage("/index.html");
  await waitUntil("the newest messages are shown", async () => (await shown(page)).length > 0);
  for (let i = 0; i < 3; i += 1) {
    const [first] = await shown(page);
    await scroll(page, "up");
    await waitUntil("older messages are shown", async () => (await shown(page))[0] !== first);
    const moved = await page.evaluate((id) => {
      const [box, item] = ["box", `m${id}`].map((id) => document.getElementById(id).getBoundingClientRect());
      return Math.abs(item.top - box.top);
    }, first);
    assert.ok(moved < 100, `the first message moved by ${moved} pixels`);
  }
  assert.deepEqual(page.errors, []);
});

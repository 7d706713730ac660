// docs/guides/infinite-scroll.md

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { World, until } from "./world.mjs";

const COUNT = 300;
let world;
before(async () => (world = await World.open("infinite-scroll")));
after(() => world?.close());

const shown = (page) => page.locator("#log li").evaluateAll((items) => items.map((item) => item.id.slice(1)));
const scroll = (page, to) => page.locator("#box").evaluate((box, to) => (box.scrollTop = to === "up" ? 0 : box.scrollHeight), to);

/** Scrolls that way until a message is shown. */
const scrollTo = (page, to, id) =>
  until(`${id} is shown`, async () => {
    await scroll(page, to);
    return (await shown(page)).includes(id);
  });

/** From the message in the middle to both ends. Returns how many requests for history that took. */
async function walk(page, ids) {
  let requests = 0;
  page.on("request", (request) => (requests += request.url().includes("/messageroaming") ? 1 : 0));
  await page.goto(`${world.site.url}/index.html?message=${ids[COUNT / 2]}`);
  await page.locator(`#m${ids[COUNT / 2]}`).waitFor();
  await until("the message is in the middle", () =>
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

test("a walk from the middle to both ends, and again from what is kept", async () => {
  const ids = [];
  for (let i = 0; i < COUNT; i += 1) ids.push(await world.say(`message ${i}`));
  const page = await world.open("/index.html");
  assert.ok((await walk(page, ids)) >= COUNT / 50);

  await page.locator("#box").evaluate((box) => (box.scrollTop = box.scrollHeight));
  ids.push(await world.say("a new one"));
  await until("the new message is shown", async () => (await shown(page)).at(-1) === ids.at(-1));

  assert.equal(await walk(page, ids), 0, "requests for history on the second visit");
  assert.deepEqual(page.wrong, []);
  world.allRun();
});

test("what is on the screen stays where it is when older messages come in", async () => {
  const page = await world.open("/index.html");
  await until("the newest are shown", async () => (await shown(page)).length > 0);
  for (let i = 0; i < 3; i += 1) {
    const [first] = await shown(page);
    await scroll(page, "up");
    await until("older ones are shown", async () => (await shown(page))[0] !== first);
    const moved = await page.evaluate((id) => {
      const [box, item] = ["box", `m${id}`].map((id) => document.getElementById(id).getBoundingClientRect());
      return Math.abs(item.top - box.top);
    }, first);
    assert.ok(moved < 100, `it moved by ${moved} pixels`);
  }
  assert.deepEqual(page.wrong, []);
});

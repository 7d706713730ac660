// History: loading while scrolling in both directions, jumps, and every kind of message.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startDemo, sendMessages } from "./demo-page.mjs";

let demo;
let sent;
let times;
before(async () => {
  demo = await startDemo();
  await demo.appRest.createUsers("alice", "bob", "mei", "yusuf", "carol");
  ({ ids: sent, times } = await sendMessages(demo.appRest, "alice", "bob", 650));
});
after(() => demo?.stop());

test("scrolling loads the whole conversation in both directions, without a gap", async () => {
  const page = await demo.signedIn("alice");
  const { left, right } = page;
  await left.openConversation("bob");
  assert.equal((await left.ids()).at(-1), sent.at(-1));
  const up = await left.scrollThrough("top", sent);
  assert.deepEqual(up.seen, sent);
  assert.ok(up.steps >= 10);
  assert.match(await left.part("top-edge").innerText(), /begins here/);
  // The page has dropped the newest messages by now and loads them again.
  assert.ok((await left.scrollThrough("bottom", sent)).steps >= 3);

  await right.openConversation("bob");
  await right.part("jump-oldest").click();
  await right.waitForFirstMessage(sent[0]);
  const down = await right.scrollThrough("bottom", sent);
  assert.deepEqual(down.seen, sent);
  assert.ok(down.steps >= 10);
  page.assertNoConsoleErrors();
});

test("the messages in view keep their place when older ones are inserted above", async () => {
  const page = await demo.signedIn("alice");
  await page.left.openConversation("bob");
  const moved = await page.left.scroller.evaluate(async (scroller) => {
    scroller.scrollTop = 300;
    const rows = [...scroller.querySelectorAll(".message")];
    const row = rows.find((row) => row.offsetTop > scroller.scrollTop);
    const count = rows.length;
    const before = row.getBoundingClientRect().top;
    await new Promise((resolve) => {
      const check = () => (scroller.querySelectorAll(".message").length > count ? resolve() : requestAnimationFrame(check));
      check();
    });
    return row.getBoundingClientRect().top - before;
  });
  assert.ok(Math.abs(moved) <= 1, `moved by ${moved} px`);
});

test("after a jump to a date, scrolling works in both directions", async () => {
  const page = await demo.signedIn("alice");
  const { left } = page;
  await left.openConversation("bob");
  await left.part("jump-date").click();
  const input = page.page.locator("dialog input[type=datetime-local]");
  const index = 300;
  await input.fill(await page.inputTime(times[index] - 30_000));
  await page.answer("Jump");
  await left.waitForFirstMessage(sent[index]);
  await left.scrollThrough("top", sent);
  assert.equal((await left.ids())[0], sent[0]);
  await left.scrollThrough("bottom", sent);
  assert.equal((await left.ids()).at(-1), sent.at(-1));
  page.assertNoConsoleErrors();
});

test("every kind of message is shown", async () => {
  const file = (filename, file_length) => ({ url: `https://files.example/${filename}`, secret: "s", filename, file_length });
  const bodies = [
    ["txt", { msg: "plain text 👋" }, /plain text 👋/],
    ["img", { ...file("cat.png", 12_345), size: { width: 640, height: 480 } }, /cat\.png.*640 × 480.*12\.3 KB/s],
    ["audio", { ...file("voice.amr", 900), length: 7 }, /Voice message\s+0:07/],
    ["video", { ...file("film.mp4", 2_000_000), length: 75, thumb: "", thumb_secret: "" }, /1:15\s+film\.mp4.*2 MB/s],
    ["file", file("plan.pdf", 45_678), /plan\.pdf\s+45\.7 KB/],
    ["loc", { addr: "Karl Johans gate 1", lat: 59.9139, lng: 10.7522, buildingName: "Sentralstasjon" }, /Sentralstasjon\s+Karl Johans gate 1\s+59\.9139, 10\.7522/],
    ["cmd", { action: "refresh" }, /refresh/],
    ["custom", { customEvent: "order", customExts: { sku: "A-1", count: "2" } }, /^(?=.*order)(?=.*sku\s+A-1)(?=.*count\s+2)/s],
    ["combine", { ...file("combined", 10), title: "Chat history", summary: "a: hi", combineLevel: 1, msg: "[history]" }, /Chat history\s+a: hi/],
  ];
  const now = Date.now();
  const ids = [];
  for (const [i, [type, body]] of bodies.entries()) {
    const message = { from: "carol", to: ["alice"], type, body, msg_timestamp: now - (20 - i) * 60_000 };
    const { data } = await demo.appRest.call("POST", "/messages/users", message);
    ids.push(String(data.alice));
  }
  const page = await demo.signedIn("alice");
  await page.left.conversation("carol").filter({ hasText: "Forwarded messages · Chat history" }).waitFor();
  await page.left.openConversation("carol");
  await page.left.waitForMessages(ids);
  for (const [i, [type, , pattern]] of bodies.entries()) {
    const row = page.left.message(ids[i]);
    assert.equal(await row.getAttribute("data-type"), type);
    assert.match(await row.innerText(), pattern);
  }
  page.assertNoConsoleErrors();
});

test("right-to-left text is displayed from right to left", async () => {
  const id = await demo.appRest.sendText("yusuf", "alice", "صباح الخير! report.pdf", {});
  const page = await demo.signedIn("alice");
  await page.left.openConversation("yusuf");
  const direction = await page.left.message(id).locator(".body").evaluate((body) => getComputedStyle(body).direction);
  assert.equal(direction, "rtl");
});

test("an arriving message is shown at the end and announced", async () => {
  const page = await demo.signedIn("alice");
  await demo.appRest.sendText("mei", "alice", "hello there");
  await page.left.waitForEvent("messageReceived", "From Mei: hello there");
  await page.left.conversation("mei").filter({ hasText: "hello there" }).waitFor();
  await page.left.openConversation("mei");
  const second = await demo.appRest.sendText("mei", "alice", "and again");
  await page.left.message(second).waitFor();
  assert.equal((await page.left.ids()).at(-1), second);
  assert.match(await page.left.part("history-status").innerText(), /New message from Mei: and again/);
  page.assertNoConsoleErrors();
});

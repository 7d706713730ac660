// axe-core looks at everything that the page shows: in light and dark, both languages, on a desktop and a phone.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { findings } from "./axe.mjs";
import { startDemo, talk } from "./demo-page.mjs";

let demo;
before(async () => {
  demo = await startDemo();
  await demo.rest.createUsers("alice", "bob", "mei", "carol");
  await talk(demo.rest, "alice", "bob", 60);
  await talk(demo.rest, "alice", "mei", 3, 3 * 24 * 60);
  await everyKind("carol", "alice");
  const group = await demo.rest.createGroup("mei", ["alice", "bob"]);
  for (const from of ["mei", "bob", "alice"]) await demo.rest.sendGroupText(from, group, `from ${from}`, { ext: { group_name: "Friends" } });
});
after(() => demo?.end());

async function everyKind(from, to) {
  const file = { url: "https://files.example/x", secret: "s", filename: "x.bin", file_length: 4_000 };
  for (const [type, body] of [
    ["img", { ...file, size: { width: 640, height: 480 } }],
    ["audio", { ...file, length: 7 }],
    ["video", { ...file, length: 75, thumb: "", thumb_secret: "" }],
    ["file", file],
    ["loc", { addr: "Karl Johans gate 1", lat: 59.9, lng: 10.7, buildingName: "Sentralstasjon" }],
    ["cmd", { action: "refresh" }],
    ["custom", { customEvent: "order", customExts: { sku: "A-1" } }],
    ["combine", { ...file, title: "Chat history", summary: "a: hi", combineLevel: 1, msg: "[history]" }],
  ]) {
    await demo.rest.call("POST", "/messages/users", { from, to: [to], type, body });
  }
}

test("axe-core would find something", async () => {
  const page = await demo.open();
  await page.page.goto(page.url);
  await page.page.evaluate(() => document.body.append(document.createElement("button")));
  assert.match((await findings(page.page)).join(), /button-name/);
});

const desktop = { viewport: { width: 1280, height: 800 } };
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
for (const [size, screen] of Object.entries({ desktop, phone })) {
  for (const colorScheme of ["light", "dark"]) {
    for (const [language, locale] of [["en", "en-GB"], ["zh", "zh-CN"]]) {
      test(`nothing serious: ${size}, ${colorScheme}, ${language}`, async () => {
        // What fades in would be judged while it is pale.
        const page = await demo.open({ ...screen, colorScheme, locale, reducedMotion: "reduce" });
        await look(page, size);
      });
    }
  }
}

async function look(page, size) {
  const { left } = page;
  const clean = async (where) => assert.deepEqual(await findings(page.page), [], where);
  const dialog = async (name, where) => {
    await left.part(name).click();
    await page.page.locator("dialog").waitFor();
    await clean(where);
    await page.page.keyboard.press("Escape");
    await page.page.locator("dialog").waitFor({ state: "detached" });
  };

  await page.page.goto(page.url);
  await clean("the form to sign in");
  await page.signIn("alice", "wrong");
  await page.page.getByRole("alert").waitFor();
  await clean("an error");
  await page.signIn("alice", "pw-alice");
  await left.state("connected");
  await page.right.state("connected");
  await left.root.locator('[data-event="listLoaded"]').waitFor({ state: "attached" });
  await clean("the list");

  await left.open("carol");
  await clean("every kind of message");
  if (size === "phone") await left.part("back").click();
  await left.root.locator("[data-conversation]").first().click();
  // What is still being opened is pale.
  await left.root.locator(".in-group:not([aria-busy]) .message").first().waitFor();
  await clean("a group");
  if (size === "phone") await left.part("back").click();
  await left.open("bob");
  await dialog("jump-date", "the question for a date");
  await dialog("remove-up-to", "the question for a time");
  await dialog("delete-conversation", "the question about a conversation");
  await left.part("select").click();
  await left.root.locator(".message").last().click();
  await clean("a selection");
  await dialog("remove-selected", "the question about messages");
  await left.part("end-selection").click();

  await left.part("load-history").click();
  await left.root.locator('[data-event="historyLoaded"]').waitFor({ state: "attached" });
  await clean("a note");
  await left.part("loading").evaluate((bar) => {
    bar.hidden = false;
  });
  await clean("progress");
  await left.setNetwork(false);
  await left.state("offline");
  await clean("off the network");
  if (size === "phone") {
    await left.root.locator('[data-tab="events"]').click();
    await clean("the log");
  }
}

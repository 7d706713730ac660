// Checks all views of the page with axe-core: in light and dark, in both languages, on a desktop and a phone.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { findings } from "./axe.mjs";
import { startDemo, sendMessages } from "./demo-page.mjs";

let demo;
before(async () => {
  demo = await startDemo();
  await demo.appRest.createUsers("alice", "bob", "mei", "carol");
  await sendMessages(demo.appRest, "alice", "bob", 60);
  await sendMessages(demo.appRest, "alice", "mei", 3, 3 * 24 * 60);
  await sendEveryKind("carol", "alice");
  const group = await demo.appRest.createGroup("mei", ["alice", "bob"]);
  for (const from of ["mei", "bob", "alice"]) await demo.appRest.sendGroupText(from, group, `from ${from}`, { ext: { group_name: "Friends" } });
});
after(() => demo?.stop());

/** Sends a message of each kind except text. */
async function sendEveryKind(from, to) {
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
    await demo.appRest.call("POST", "/messages/users", { from, to: [to], type, body });
  }
}

test("axe-core finds a button without a name", async () => {
  const page = await demo.openPage();
  await page.page.goto(page.url);
  await page.page.evaluate(() => document.body.append(document.createElement("button")));
  assert.match((await findings(page.page)).join(), /button-name/);
});

const desktop = { viewport: { width: 1280, height: 800 } };
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
for (const [size, screen] of Object.entries({ desktop, phone })) {
  for (const colorScheme of ["light", "dark"]) {
    for (const [language, locale] of [["en", "en-GB"], ["zh", "zh-CN"]]) {
      test(`no serious findings: ${size}, ${colorScheme}, ${language}`, async () => {
        // During an animation axe-core would report low contrast.
        const page = await demo.openPage({ ...screen, colorScheme, locale, reducedMotion: "reduce" });
        await checkAllViews(page, size);
      });
    }
  }
}

async function checkAllViews(page, size) {
  const { left } = page;
  const check = async (view) => assert.deepEqual(await findings(page.page), [], view);
  const checkDialog = async (button, view) => {
    await left.part(button).click();
    await page.page.locator("dialog").waitFor();
    await check(view);
    await page.page.keyboard.press("Escape");
    await page.page.locator("dialog").waitFor({ state: "detached" });
  };

  await page.page.goto(page.url);
  await check("the sign-in form");
  await page.signIn("alice", "wrong");
  await page.page.getByRole("alert").waitFor();
  await check("an error");
  await page.signIn("alice", "pw-alice");
  await left.waitForState("connected");
  await page.right.waitForState("connected");
  await left.root.locator('[data-event="listLoaded"]').waitFor({ state: "attached" });
  await check("the list");

  await left.openConversation("carol");
  await check("every kind of message");
  if (size === "phone") await left.part("back").click();
  await left.root.locator("[data-conversation]").first().click();
  // While a conversation is loading, its messages have a lower contrast.
  await left.root.locator(".in-group:not([aria-busy]) .message").first().waitFor();
  await check("a group");
  if (size === "phone") await left.part("back").click();
  await left.openConversation("bob");
  await checkDialog("jump-date", "the dialog for a date");
  await checkDialog("remove-up-to", "the dialog for a time");
  await checkDialog("delete-conversation", "the dialog to delete a conversation");
  await left.part("select").click();
  await left.root.locator(".message").last().click();
  await check("a selection");
  await checkDialog("remove-selected", "the dialog to remove messages");
  await left.part("end-selection").click();

  await left.part("load-history").click();
  await left.root.locator('[data-event="historyLoaded"]').waitFor({ state: "attached" });
  await check("a notice");
  await left.part("loading").evaluate((bar) => {
    bar.hidden = false;
  });
  await check("the progress bar");
  await left.setNetwork(false);
  await left.waitForState("offline");
  await check("offline");
  if (size === "phone") {
    await left.root.locator('[data-tab="events"]').click();
    await check("the event log");
  }
}

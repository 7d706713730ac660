// Hostile text in bodies, names and ids must stay text everywhere: in the list, the history, the event log and the dialogs.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startDemo } from "./demo-page.mjs";

const HOSTILE = [
  `<img src=x onerror="window.broken=1">`,
  `<script>window.broken=2</script>`,
  `"><svg onload=window.broken=3>`,
  `<a href="javascript:window.broken=4">press</a> javascript:window.broken=4`,
  `<style>*{display:none}</style><b>bold</b>`,
  `' onfocus='window.broken=5' autofocus='`,
  "&lt;i&gt; &#60;u&#62; ${window.broken=6} {{window.broken=6}}",
  "\u202egnp.tcartnoc\u202c and \u2067isolated",
  `very${"long".repeat(50)}word`,
  `Z${"\u0321\u0336\u0353\u030f".repeat(25)}`,
  "bell\u0007, \ufffe, \u{1f468}\u200d\u{1f469}\u200d\u{1f467}",
];
const ALL = HOSTILE.join(" | ");
/** The elements that the page itself creates for a message. */
const OWN_TAGS = ["CODE", "DD", "DIV", "DL", "DT", "EM", "LI", "P", "SPAN", "STRONG", "TIME", "path", "svg", "use"];

let demo;
let group;
const bodies = new Map();
before(async () => {
  demo = await startDemo();
  await demo.appRest.createUsers("alice", "bob", "mei");
  group = await demo.appRest.createGroup("bob", ["alice", "mei"]);
  const file = { url: "javascript:window.broken=7", secret: "s", filename: ALL, file_length: 10 };
  for (const [type, body] of [
    ...HOSTILE.map((msg) => ["txt", { msg }]),
    ["custom", { customEvent: ALL, customExts: { [ALL]: ALL } }],
    ["file", file],
    ["img", { ...file, size: { width: 64, height: 64 }, thumb: "javascript:window.broken=8" }],
    ["audio", { ...file, length: 3 }],
    ["loc", { addr: ALL, lat: 1, lng: 2, buildingName: ALL }],
    ["cmd", { action: ALL }],
    ["combine", { ...file, title: ALL, summary: ALL, combineLevel: 1, msg: "m" }],
  ]) {
    const message = { from: "bob", to: [group], type, body, ext: { group_name: ALL } };
    const { data } = await demo.appRest.call("POST", "/messages/chatgroups", message);
    bodies.set(String(data[group]), [type, body]);
  }
});
after(() => demo?.stop());

/** Finds effects of hostile text: scripts that ran, policy violations, elements, dangerous attributes, overflow. */
const findEffects = (page) =>
  page.evaluate((own) => {
    const rows = [...document.querySelectorAll(".message, .conversation, .event, dialog h2, [data-part=title]")];
    const inside = rows.flatMap((row) => [...row.querySelectorAll("*")]);
    return {
      broken: window.broken,
      violations: window.violations,
      tags: [...new Set(inside.map(({ tagName }) => tagName))].filter((tag) => !own.includes(tag)),
      attributes: [...document.querySelectorAll("body *")]
        .flatMap((element) => [...element.attributes])
        .filter(({ name, value }) => name.startsWith("on") || name === "style" || /^\s*javascript:/i.test(value))
        .map(({ name, value }) => `${name}=${value}`.slice(0, 80))
        .filter((text) => !/^style=height: /.test(text)),
      // The title is truncated by design.
      tooWide: rows.filter((row) => row.checkVisibility() && row.dataset.part !== "title" && row.scrollWidth > row.clientWidth + 1).map(({ className }) => className),
    };
  }, OWN_TAGS);
const NO_EFFECTS = { broken: undefined, violations: [], tags: [], attributes: [], tooWide: [] };

async function signedIn(options) {
  const page = await demo.openPage(options);
  await page.page.addInitScript(() => {
    window.violations = [];
    document.addEventListener("securitypolicyviolation", (event) => window.violations.push(event.violatedDirective));
  });
  await page.signIn("alice", "pw-alice");
  await page.left.waitForState("connected");
  await page.right.waitForState("connected");
  return page;
}

for (const width of [1280, 390]) {
  test(`hostile text is shown literally, ${width} pixels wide`, async () => {
    const page = await signedIn({ viewport: { width, height: 800 } });
    const { left } = page;
    await left.openConversation(group);
    await left.waitForMessages([...bodies.keys()]);
    for (const [id, [type, body]] of bodies) {
      if (type !== "txt") continue;
      const text = await left.message(id).locator(".text").evaluate((element) => element.textContent);
      assert.equal(text, body.msg);
    }
    assert.ok((await left.part("title").evaluate((element) => element.textContent)).includes("<img src=x"));
    // An arriving message also appears in the event log and in the announcement for screen readers.
    const ext = { group_name: ALL };
    const live = await demo.appRest.sendGroupText("mei", group, ALL, { ext });
    bodies.set(live, ["txt", { msg: ALL }]);
    await left.message(live).waitFor();
    assert.ok((await left.part("history-status").evaluate((element) => element.textContent)).includes("<script>"));
    await left.part("delete-conversation").click();
    assert.ok((await page.page.locator("dialog h2").evaluate((element) => element.textContent)).includes("<svg"));
    assert.deepEqual(await findEffects(page.page), NO_EFFECTS);
    await page.answer("Cancel");
    for (const row of await left.root.locator(".message").all()) await row.click();
    assert.deepEqual(await findEffects(page.page), NO_EFFECTS);
    const overflow = await left.scroller.evaluate((element) => element.scrollWidth - element.clientWidth);
    assert.ok(overflow <= 0, `the history is ${overflow} px wider than its pane`);
    page.assertNoConsoleErrors();
  });
}

test("an event with a hostile name is shown as a readable sentence", async () => {
  const page = await signedIn();
  await page.left.openConversation(group);
  await page.right.waitForEvent("listLoaded");
  const [id] = bodies.keys();
  await page.left.message(id).focus();
  await page.page.keyboard.press("Delete");
  await page.answer("Remove");
  bodies.delete(id);
  await page.right.waitForEvent("messageRemoved", "<script>");
  assert.deepEqual(await findEffects(page.page), NO_EFFECTS);
  // The page's own words after a right-to-left name must run from left to right.
  const leftToRight = await page.right.root.locator('[data-event="messageRemoved"]').first().evaluate((row) => {
    const text = row.querySelector(":scope > span").lastChild;
    const at = text.data.lastIndexOf("removed on");
    const xOf = (from) => {
      const range = document.createRange();
      range.setStart(text, from);
      range.setEnd(text, from + 1);
      return range.getBoundingClientRect().left;
    };
    return xOf(at) < xOf(at + "removed".length - 1);
  });
  assert.ok(leftToRight, "the words run from right to left");
  page.assertNoConsoleErrors();
});

test("hostile ids and names, which no correct server sends, are shown as text", async () => {
  const page = await signedIn();
  for (const hostile of HOSTILE) {
    const shown = await page.page.evaluate(async (hostile) => {
      const [{ ConversationList }, { messageRow }, { describeEvent }, { Notices }] = await Promise.all(
        ["conversation-list", "message-view", "event-text", "notices"].map((name) => import(`/js/${name}.js`)),
      );
      const body = { type: hostile, msg: hostile };
      const message = { id: hostile, conversationId: hostile, from: hostile, to: hostile, timestamp: Date.now(), direction: "receive", body, ext: {} };
      const root = document.createElement("div");
      root.innerHTML = "<ul></ul><p></p><ul></ul><p></p><div></div>";
      document.body.append(root);
      const [list, empty, history, log, region] = root.children;
      const conversations = ["singleChat", "groupChat", "chatRoom"].map((conversationType) => ({
        conversationId: hostile, conversationType, lastMessage: message, unreadCount: 2, isPinned: true, pinnedTime: 1, marks: [],
      }));
      new ConversationList(list, empty, "alice").show(conversations, "");
      history.append(messageRow(message), messageRow({ ...message, body: { type: "txt", msg: hostile } }));
      log.textContent = describeEvent("messageRemoved", { conversationId: hostile, conversationType: "groupChat", deviceId: hostile, msgIdList: [hostile] }, () => undefined);
      new Notices(region).showError("whileReading", new Error(hostile));
      const text = root.textContent;
      const count = root.querySelectorAll("img, script, style, a, b, i, u, [onload], [onerror], [onfocus]").length;
      root.remove();
      return { text, count };
    }, hostile);
    assert.equal(shown.count, 0, hostile);
    assert.ok(shown.text.includes(hostile.slice(1)), hostile);
  }
  assert.deepEqual(await findEffects(page.page), NO_EFFECTS);
  page.assertNoConsoleErrors();
});

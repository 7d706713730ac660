// An offline device reads from its local copy.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startDemo, sendMessages } from "./demo-page.mjs";

let demo;
let ids;
before(async () => {
  demo = await startDemo();
  await demo.appRest.createUsers("alice", "bob", "mei");
  ({ ids } = await sendMessages(demo.appRest, "alice", "bob", 120));
  await sendMessages(demo.appRest, "alice", "mei", 3, 200);
});
after(() => demo?.stop());

test("the list and the history are readable offline, also after a reload, and catch up later", async () => {
  const page = await demo.signedIn("alice");
  const { left, right } = page;
  await left.openConversation("bob");
  const { seen } = await left.scrollThrough("top", ids);
  assert.deepEqual(seen, ids);

  await left.setNetwork(false);
  await left.waitForState("offline");
  const sockets = [];
  page.page.on("websocket", (socket) => sockets.push(socket));
  await page.page.reload();
  await left.waitForState("offline");
  await right.waitForState("connected");
  assert.equal(sockets.length, 1, "only the right device may open a socket");

  await left.openConversation("bob");
  assert.equal((await left.ids()).at(-1), ids.at(-1));
  assert.deepEqual((await left.scrollThrough("top", ids)).seen, ids);
  await left.conversation("mei").waitFor();

  // Meanwhile only the other device receives events.
  const missed = await demo.appRest.sendText("bob", "alice", "while you were away");
  await right.waitForEvent("messageReceived", "while you were away");
  await right.openConversation("bob");
  await right.part("select").click();
  await right.message(ids.at(-1)).click();
  await right.part("remove-selected").click();
  await page.answer("Remove");
  await right.message(ids.at(-1)).waitFor({ state: "detached" });
  assert.ok(!(await left.ids()).includes(missed));

  // A command that needs the network shows a notice.
  await left.part("refresh").click();
  await left.part("notices").getByText("This needs the network").waitFor();

  await left.setNetwork(true);
  await left.waitForState("connected");
  await left.message(missed).waitFor();
  await left.message(ids.at(-1)).waitFor({ state: "detached" });
  page.assertNoConsoleErrors();
});

test("the page shows where the local copy may miss messages", async () => {
  const page = await demo.signedIn("alice");
  const { left } = page;
  await left.openConversation("bob");
  await left.setNetwork(false);
  await left.waitForState("offline");
  const first = (await left.ids())[0];
  await left.scroller.evaluate((scroller) => {
    scroller.scrollTop = 0;
  });
  const edge = left.part("top-edge").filter({ hasText: /copy ends here/ });
  await edge.waitFor();
  const shown = await left.ids();
  assert.ok(shown.indexOf(first) >= 0 && shown.length < 121);
});

test("a device that was never online shows that its local copy is empty", async () => {
  const page = await demo.openPage();
  await page.page.goto(page.url);
  await page.page.evaluate(() => localStorage.setItem("roamkit-demo:off:alice:demo-left", "yes"));
  await page.signIn("alice", "pw-alice");
  await page.right.waitForState("connected");
  await page.left.waitForState("offline");
  await page.left.root.getByText("This device's copy is empty.").waitFor();
  assert.equal(await page.left.root.locator("[data-conversation]").count(), 0);
  page.assertNoConsoleErrors();
});

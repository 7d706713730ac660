// A device off the network goes on reading from its local copy.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startDemo, talk } from "./demo-page.mjs";

let demo;
let ids;
before(async () => {
  demo = await startDemo();
  await demo.rest.createUsers("alice", "bob", "mei");
  ({ ids } = await talk(demo.rest, "alice", "bob", 120));
  await talk(demo.rest, "alice", "mei", 3, 200);
});
after(() => demo?.end());

test("the list and the history are read from the local copy, also after a reload, and caught up later", async () => {
  const page = await demo.signedIn("alice");
  const { left, right } = page;
  await left.open("bob");
  const { seen } = await left.walk("top", ids);
  assert.deepEqual(seen, ids);

  await left.setNetwork(false);
  await left.state("offline");
  const sockets = [];
  page.page.on("websocket", (socket) => sockets.push(socket));
  await page.page.reload();
  await left.state("offline");
  await right.state("connected");
  assert.equal(sockets.length, 1, "only the right device may be on the network");

  await left.open("bob");
  assert.equal((await left.ids()).at(-1), ids.at(-1));
  assert.deepEqual((await left.walk("top", ids)).seen, ids);
  await left.conversation("mei").waitFor();

  // What happens meanwhile reaches the other device alone.
  const missed = await demo.rest.sendText("bob", "alice", "while you were away");
  await right.event("messageReceived", "while you were away");
  await right.open("bob");
  await right.part("select").click();
  await right.message(ids.at(-1)).click();
  await right.part("remove-selected").click();
  await page.answer("Remove");
  await right.message(ids.at(-1)).waitFor({ state: "detached" });
  assert.ok(!(await left.ids()).includes(missed));

  // What needs the network says so.
  await left.part("refresh").click();
  await left.part("notices").getByText("This needs the network").waitFor();

  await left.setNetwork(true);
  await left.state("connected");
  await left.message(missed).waitFor();
  await left.message(ids.at(-1)).waitFor({ state: "detached" });
  page.assertQuiet();
});

test("where the local copy may miss messages, the page says so", async () => {
  const page = await demo.signedIn("alice");
  const { left } = page;
  await left.open("bob");
  await left.setNetwork(false);
  await left.state("offline");
  const first = (await left.ids())[0];
  await left.scroller.evaluate((scroller) => {
    scroller.scrollTop = 0;
  });
  const edge = left.part("top-edge").filter({ hasText: /copy ends here/ });
  await edge.waitFor();
  const shown = await left.ids();
  assert.ok(shown.indexOf(first) >= 0 && shown.length < 121);
});

test("a device that never was on the network shows an empty copy, in words", async () => {
  const page = await demo.open();
  await page.page.goto(page.url);
  await page.page.evaluate(() => localStorage.setItem("roamkit-demo:off:alice:demo-left", "yes"));
  await page.signIn("alice", "pw-alice");
  await page.right.state("connected");
  await page.left.state("offline");
  await page.left.root.getByText("Nothing in this device's copy yet.").waitFor();
  assert.equal(await page.left.root.locator("[data-conversation]").count(), 0);
  page.assertQuiet();
});

// Unread counts: an open chat has none.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { waitUntil } from "../support/wait.mjs";
import { startDemo } from "./demo-page.mjs";

let demo;
before(async () => {
  demo = await startDemo();
  await demo.appRest.createUsers("alice", "bob", "mei");
});
after(() => demo?.stop());

const badge = (device, id) => device.conversation(id).locator(".badge");
const waitForBadge = (device, id, text) => badge(device, id).filter({ hasText: text }).waitFor();
const waitForNoBadge = (device, id) => badge(device, id).waitFor({ state: "detached" });

/** Waits until the server counts so many unread messages of alice in a conversation. */
async function waitForServer(page, id, count) {
  const login = { grant_type: "password", username: "alice", password: "pw-alice" };
  const base = `${demo.server.url}/demo/chat`;
  const post = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(login) };
  const { access_token: token } = await (await fetch(`${base}/token`, post)).json();
  await waitUntil(`${count} unread messages on the server`, async () => {
    const url = `${base}/sdk/user/alice/user_channels/list?limit=20&cursor=&need_mark=true&needEmptySession=false`;
    const { data } = await (await fetch(url, { headers: { Authorization: `Bearer ${token}` } })).json();
    return data.channel_infos.find((listed) => listed.session_to === id)?.unread_num === count;
  });
}

test("opening a chat clears its badge on both devices, also of messages that come into it", async () => {
  for (const text of ["one", "two"]) await demo.appRest.sendText("bob", "alice", text);
  await demo.appRest.sendText("mei", "alice", "hello");
  const page = await demo.signedIn("alice");
  const { left, right } = page;
  for (const device of [left, right]) {
    await waitForBadge(device, "bob", /^2$/);
    await waitForBadge(device, "mei", /^1$/);
  }
  await left.openConversation("bob");
  for (const device of [left, right]) await waitForNoBadge(device, "bob");
  await right.waitForEvent("conversationRead", "bob");
  await waitForServer(page, "bob", 0);

  const id = await demo.appRest.sendText("bob", "alice", "three");
  await left.message(id).waitFor();
  for (const device of [left, right]) {
    await device.waitForEvent("messageReceived", "three");
    await waitForNoBadge(device, "bob");
  }
  await waitForServer(page, "bob", 0);
  for (const device of [left, right]) await waitForBadge(device, "mei", /^1$/);
  page.assertNoConsoleErrors();
});

test("a chat that is opened without the network is read on the server when the device is back", async () => {
  const page = await demo.signedIn("alice");
  const { left, right } = page;
  for (const device of [left, right]) await waitForBadge(device, "mei", /^1$/);
  // The message must be in the copy, since the chat is opened offline.
  await demo.appRest.sendText("mei", "alice", "again");
  for (const device of [left, right]) await waitForBadge(device, "mei", /^2$/);
  await left.setNetwork(false);
  await left.waitForState("offline");
  await left.openConversation("mei");
  await waitForNoBadge(left, "mei");
  assert.equal(await badge(right, "mei").innerText(), "2");
  await left.setNetwork(true);
  await waitForNoBadge(right, "mei");
  await waitForServer(page, "mei", 0);
});

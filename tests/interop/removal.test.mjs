// One-way removal, with a second device that hears of it.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { openWorld } from "./world.mjs";

const START = Date.now() - 1_000_000;

describe("removal by the official client", { timeout: 300_000 }, () => {
  let world;
  let first;
  let second;
  let bob;
  let group;
  const toBob = { targetId: "bob", chatType: "singleChat" };
  const sent = [];
  const sentToGroup = [];
  before(async () => {
    world = await openWorld();
    await world.app.createUsers("alice", "bob", "carol");
    group = await world.app.createGroup("bob", ["alice", "carol"]);
    for (let i = 0; i < 30; i++) {
      const msg_timestamp = START + i * 1000;
      sent.push(await world.app.sendText("bob", "alice", `message ${i}`, { msg_timestamp }));
      sentToGroup.push(await world.app.sendGroupText("carol", group, `message ${i}`, { msg_timestamp }));
    }
    first = await world.device("alice");
    second = await world.device("alice");
    bob = await world.device("bob");
  });
  after(() => world?.close());

  const ids = (device, conversation) => device.historyIds({ ...conversation, pageSize: 50, searchDirection: "down" });

  it("removes by ids, for the caller alone", async () => {
    const messageIds = [sent[3], sent[5], sent[29]];
    await first.call("removeHistoryMessages", { ...toBob, messageIds });
    const left = sent.filter((id) => !messageIds.includes(id));
    assert.deepEqual(await ids(first, toBob), left);
    assert.deepEqual(await ids(second, toBob), left);
    assert.deepEqual(await ids(bob, { targetId: "alice", chatType: "singleChat" }), sent);

    const event = await second.multiDeviceEvent("deleteRoaming");
    assert.deepEqual(event, {
      operation: "deleteRoaming", conversationId: "bob", chatType: "singleChat", resource: first.resource,
    });
  });

  it("shows the newest message that is left in the conversation list", async () => {
    const { data } = await first.call("getServerConversations", { pageSize: 50, cursor: "" });
    const shown = data.conversations.find((conversation) => conversation.conversationId === "bob");
    assert.equal(shown.lastMessage.id, sent[28]);
  });

  it("removes by time", async () => {
    await first.call("removeHistoryMessages", { ...toBob, beforeTimeStamp: START + 9_000 });
    assert.deepEqual(await ids(first, toBob), sent.slice(10, 29));
    assert.deepEqual(await ids(bob, { targetId: "alice", chatType: "singleChat" }), sent);
    const event = await second.multiDeviceEvent("deleteRoaming");
    assert.equal(event.conversationId, "bob");
  });

  it("removes from a group", async () => {
    const conversation = { targetId: group, chatType: "groupChat" };
    await second.call("removeHistoryMessages", { ...conversation, messageIds: sentToGroup.slice(0, 20) });
    assert.deepEqual(await ids(second, conversation), sentToGroup.slice(20));
    assert.deepEqual(await ids(bob, conversation), sentToGroup);
    const event = await first.multiDeviceEvent("deleteRoaming");
    assert.deepEqual(event, {
      operation: "deleteRoaming", conversationId: group, chatType: "groupChat", resource: second.resource,
    });
    await second.call("removeHistoryMessages", { ...conversation, beforeTimeStamp: START + 28_000 });
    assert.deepEqual(await ids(first, conversation), [sentToGroup[29]]);
    assert.equal((await first.multiDeviceEvent("deleteRoaming")).conversationId, group);
  });

  it("tells a device that was away when it comes back", async () => {
    await second.logout();
    await first.call("removeHistoryMessages", { ...toBob, messageIds: [sent[20]] });
    await first.call("deleteConversation", { channel: group, chatType: "groupChat", deleteRoam: false });
    await second.login();
    const removal = await second.multiDeviceEvent("deleteRoaming");
    assert.equal(removal.conversationId, "bob");
    assert.equal(removal.resource, first.resource);
    const deletion = await second.multiDeviceEvent("deleteConversation");
    assert.equal(deletion.conversationId, group);
  });

  it("tells neither the removing device nor the other user", async () => {
    // What is sent after a notice arrives after it: no notice is still on its way.
    const id = await world.app.sendText("carol", "bob", "fence");
    await bob.events.next("onTextMessage", (message) => message.id === id);
    const deletions = bob.events.all("onMultiDeviceEvent").filter((event) => event.operation === "deleteRoaming");
    assert.deepEqual(deletions, []);
    const own = first.events.all("onMultiDeviceEvent").filter((event) => event.resource === first.resource);
    assert.deepEqual(own, []);
  });
});

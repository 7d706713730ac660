// One-way removal, with a second device that receives the events.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { openFixture } from "./fixture.mjs";

const START = Date.now() - 1_000_000;

describe("removal by the official client", { timeout: 300_000 }, () => {
  let fixture;
  let first;
  let second;
  let bob;
  let group;
  const toBob = { targetId: "bob", chatType: "singleChat" };
  const sent = [];
  const sentToGroup = [];
  before(async () => {
    fixture = await openFixture();
    await fixture.appRest.createUsers("alice", "bob", "carol");
    group = await fixture.appRest.createGroup("bob", ["alice", "carol"]);
    for (let i = 0; i < 30; i++) {
      const msg_timestamp = START + i * 1000;
      sent.push(await fixture.appRest.sendText("bob", "alice", `message ${i}`, { msg_timestamp }));
      sentToGroup.push(await fixture.appRest.sendGroupText("carol", group, `message ${i}`, { msg_timestamp }));
    }
    first = await fixture.device("alice");
    second = await fixture.device("alice");
    bob = await fixture.device("bob");
  });
  after(() => fixture?.close());

  const ids = (device, conversation) => device.historyIds({ ...conversation, pageSize: 50, searchDirection: "down" });

  it("removes messages by ids, only for the caller", async () => {
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

  it("makes the newest remaining message the latest one in the conversation list", async () => {
    const { data } = await first.call("getServerConversations", { pageSize: 50, cursor: "" });
    const shown = data.conversations.find((conversation) => conversation.conversationId === "bob");
    assert.equal(shown.lastMessage.id, sent[28]);
  });

  it("removes messages up to a time", async () => {
    await first.call("removeHistoryMessages", { ...toBob, beforeTimeStamp: START + 9_000 });
    assert.deepEqual(await ids(first, toBob), sent.slice(10, 29));
    assert.deepEqual(await ids(bob, { targetId: "alice", chatType: "singleChat" }), sent);
    const event = await second.multiDeviceEvent("deleteRoaming");
    assert.equal(event.conversationId, "bob");
  });

  it("removes messages of a group", async () => {
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

  it("causes events on a device that was offline, at its next login", async () => {
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

  it("causes no events on the removing device and for the other user", async () => {
    // A message arrives after all earlier notices, so none can arrive later.
    const id = await fixture.appRest.sendText("carol", "bob", "marker");
    await bob.events.next("onTextMessage", (message) => message.id === id);
    const deletions = bob.events.all("onMultiDeviceEvent").filter((event) => event.operation === "deleteRoaming");
    assert.deepEqual(deletions, []);
    const own = first.events.all("onMultiDeviceEvent").filter((event) => event.resource === first.resource);
    assert.deepEqual(own, []);
  });
});

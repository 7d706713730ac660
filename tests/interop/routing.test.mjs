// Whom messages of the official client reach, what its devices learn of each other's reading, and texts at the edge.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { openFixture } from "./fixture.mjs";

describe("messages and receipts of the official client", { timeout: 300_000 }, () => {
  let fixture;
  let alice;
  let bob;
  let carol;
  let group;
  before(async () => {
    fixture = await openFixture();
    await fixture.appRest.createUsers("alice", "bob", "carol");
    group = await fixture.appRest.createGroup("alice", ["bob", "carol"]);
    [alice, bob, carol] = await Promise.all(["alice", "bob", "carol"].map((user) => fixture.device(user)));
  });
  after(() => fixture?.close());

  const unread = async (device, peer) => {
    const { data } = await device.call("getServerConversations", { pageSize: 50, cursor: "" });
    return data.conversations.find(({ conversationId }) => conversationId === peer)?.unReadCount;
  };
  /** Resolves when the device has received everything that was sent to it before. */
  const settled = async (device) => {
    const id = await fixture.appRest.sendText("alice", device.user, "a last message");
    await device.events.next("onTextMessage", (message) => message.id === id);
  };

  it("reaches only the members in `receiverList`", async () => {
    const id = await alice.sendText("groupChat", group, "for bob", { receiverList: ["bob"] });
    await bob.events.next("onTextMessage", (message) => message.id === id);
    await settled(carol);
    assert.ok(!carol.events.all("onTextMessage").some((message) => message.id === id));
    const ids = (device) => device.historyIds({ targetId: group, chatType: "groupChat" });
    assert.deepEqual(await ids(bob), [id]);
    assert.deepEqual(await ids(carol), []);
    assert.deepEqual([await unread(bob, group), await unread(carol, group)], [1, undefined]);
    const receiverList = Array.from({ length: 21 }, (_, i) => `user${i}`);
    await assert.rejects(alice.sendText("groupChat", group, "for many", { receiverList }), /limit directed users/);
  });

  it("is not kept if it has `deliverOnlineOnly`", async () => {
    const id = await alice.sendText("singleChat", "carol", "now or never", { deliverOnlineOnly: true });
    await carol.events.next("onTextMessage", (message) => message.id === id);
    const ids = await carol.historyIds({ targetId: "alice", chatType: "singleChat" });
    assert.ok(!ids.includes(id));
  });

  it("reads a conversation on all devices of the user", async () => {
    const other = await fixture.device("bob");
    for (const [chatType, to, peer] of [["singleChat", "bob", "alice"], ["groupChat", group, group]]) {
      const id = await alice.sendText(chatType, to, "to be read");
      await bob.events.next("onTextMessage", (message) => message.id === id);
      await bob.send({ type: "channel", chatType, to: peer });
      const ack = await other.events.next("onChannelMessage", (ack) => ack.to === peer);
      assert.equal(ack.from, "bob");
      assert.equal(await unread(bob, peer), 0);
    }
    await alice.events.next("onChannelMessage", (ack) => ack.from === "bob" && ack.to === "alice");
    await other.logout();
  });

  it("delivers half an emoji as a replacement character", async () => {
    const id = await alice.sendText("singleChat", "bob", "cut \ud83d", { ext: { deep: { text: "\ude00" } } });
    const message = await bob.events.next("onTextMessage", (message) => message.id === id);
    assert.equal(message.msg, "cut \ufffd");
    const { messages } = await bob.history({ targetId: "alice", chatType: "singleChat", pageSize: 1 });
    assert.equal(messages[0].msg, "cut \ufffd");
  });

  it("is refused with a reason if `ext` is too deep", async () => {
    const nested = (levels) => JSON.parse("[".repeat(levels) + "]".repeat(levels));
    await assert.rejects(
      alice.sendText("singleChat", "bob", "deep", { ext: { deep: nested(64) } }),
      /ext is nested deeper than 64 levels/,
    );
    await alice.sendText("singleChat", "bob", "deep", { ext: { deep: nested(63) } });
  });

  it("ends the older of two sessions of one device, which does not reconnect", async () => {
    const older = await fixture.newDevice("carol", { deviceId: "shared" });
    const newer = await fixture.newDevice("carol", { deviceId: "shared" });
    await older.login();
    await newer.login();
    assert.equal(newer.resource, older.resource);
    const error = await older.events.next("onError", (error) => error.type === 206);
    assert.match(error.message, /another device/);
    await settled(newer);
    assert.equal(newer.events.all("onError").length, 0);
    assert.equal(older.events.all("onConnected").length, 1);
  });
});

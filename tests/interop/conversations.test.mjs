// The conversation list, pinning, and deleting conversations, with a second device that hears of it.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { openWorld } from "./world.mjs";

describe("conversations of the official client", { timeout: 300_000 }, () => {
  let world;
  let first;
  let second;
  let group;
  before(async () => {
    world = await openWorld();
    await world.app.createUsers("alice", "bob", "carol", "dave");
    group = await world.app.createGroup("bob", ["alice", "carol"]);
    await world.app.sendText("bob", "alice", "from bob");
    await world.app.sendText("alice", "carol", "to carol");
    await world.app.sendGroupText("bob", group, "to the group");
    await world.app.sendText("dave", "alice", "from dave");
    first = await world.device("alice");
    second = await world.device("alice");
  });
  after(() => world?.close());

  const list = (device, options = {}) =>
    device.call("getServerConversations", { pageSize: 50, cursor: "", ...options }).then((answer) => answer.data);

  it("lists them, newest first, with the latest message", async () => {
    const { conversations, cursor } = await list(first);
    assert.equal(cursor, "");
    const shown = conversations.map(({ conversationId, conversationType, isPinned, lastMessage }) => ({
      conversationId,
      conversationType,
      isPinned,
      from: lastMessage.from,
      msg: lastMessage.msg,
    }));
    assert.deepEqual(shown, [
      { conversationId: "dave", conversationType: "singleChat", isPinned: false, from: "dave", msg: "from dave" },
      { conversationId: group, conversationType: "groupChat", isPinned: false, from: "bob", msg: "to the group" },
      { conversationId: "carol", conversationType: "singleChat", isPinned: false, from: "alice", msg: "to carol" },
      { conversationId: "bob", conversationType: "singleChat", isPinned: false, from: "bob", msg: "from bob" },
    ]);
  });

  it("lists them page by page", async () => {
    const seen = [];
    let cursor = "";
    do {
      const page = await list(first, { pageSize: 3, cursor });
      assert.ok(page.conversations.length <= 3);
      seen.push(...page.conversations.map((conversation) => conversation.conversationId));
      cursor = page.cursor;
    } while (cursor);
    assert.deepEqual(seen, ["dave", group, "carol", "bob"]);
  });

  it("lists them in the older forms", async () => {
    const whole = await first.call("getConversationlist");
    const ids = whole.data.channel_infos.map((info) => info.channel_id);
    assert.equal(ids.length, 4);
    assert.match(ids[0], /^(demo#chat_)?dave@easemob\.com$/);
    assert.ok(ids[1].endsWith(`${group}@conference.easemob.com`), ids[1]);
    assert.equal(whole.data.channel_infos[0].lastMessage.data ?? whole.data.channel_infos[0].lastMessage.msg, "from dave");
    const page = await first.call("getConversationlist", { pageNum: 2, pageSize: 3 });
    assert.equal(page.data.channel_infos.length, 1);
    assert.match(page.data.channel_infos[0].channel_id, /bob@easemob\.com$/);
  });

  it("pins and unpins, and the other device hears of it", async () => {
    const pinned = await first.call("pinConversation", {
      conversationId: "bob", conversationType: "singleChat", isPinned: true,
    });
    assert.equal(pinned.data.isPinned, true);
    assert.ok(Math.abs(pinned.data.pinnedTime - Date.now()) < 60_000);
    const event = await second.multiDeviceEvent("pinnedConversation");
    assert.equal(event.conversationId, "bob");
    assert.equal(event.conversationType, "singleChat");

    const answer = await first.call("getServerPinnedConversations", { pageSize: 20, cursor: "" });
    const [only, ...more] = answer.data.conversations;
    assert.deepEqual(more, []);
    assert.equal(only.conversationId, "bob");
    assert.equal(only.isPinned, true);
    assert.equal(only.pinnedTime, pinned.data.pinnedTime);

    const unpinned = await first.call("pinConversation", {
      conversationId: "bob", conversationType: "singleChat", isPinned: false,
    });
    assert.equal(unpinned.data.isPinned, false);
    assert.equal((await second.multiDeviceEvent("unpinnedConversation")).conversationId, "bob");
    const none = await first.call("getServerPinnedConversations", { pageSize: 20, cursor: "" });
    assert.deepEqual(none.data.conversations, []);
  });

  it("deletes one and keeps its history", async () => {
    const answer = await first.call("deleteConversation", {
      channel: "carol", chatType: "singleChat", deleteRoam: false,
    });
    assert.equal(answer.data.result, "ok");
    const event = await second.multiDeviceEvent("deleteConversation");
    assert.equal(event.conversationId, "carol");
    assert.equal(event.conversationType, "singleChat");
    assert.ok(Math.abs(event.timestamp - Date.now()) < 60_000);
    assert.ok(!(await first.conversationIds()).includes("carol"));
    const { messages } = await first.history({ targetId: "carol", chatType: "singleChat" });
    assert.equal(messages.length, 1);
  });

  it("deletes one with its history", async () => {
    await first.call("deleteConversation", { channel: group, chatType: "groupChat", deleteRoam: true });
    const event = await second.multiDeviceEvent("deleteConversation");
    assert.equal(event.conversationId, group);
    assert.equal(event.conversationType, "groupChat");
    assert.ok(!(await second.conversationIds()).includes(group));
    const { messages } = await first.history({ targetId: group, chatType: "groupChat" });
    assert.deepEqual(messages, []);
  });

  it("deletes for the other side too, unless the server is told otherwise", async () => {
    const bob = await world.device("bob");
    const carol = await world.device("carol");
    assert.deepEqual(await carol.conversationIds(), []);
    assert.ok(!(await bob.conversationIds()).includes(group));
    const singly = await carol.history({ targetId: "alice", chatType: "singleChat" });
    assert.equal(singly.messages.length, 1);
    const jointly = await bob.history({ targetId: group, chatType: "groupChat" });
    assert.deepEqual(jointly.messages, []);
    await bob.logout();
    await carol.logout();
  });

  it("shows a deleted one again when a new message comes", async () => {
    const id = await world.app.sendText("carol", "alice", "hello again");
    await first.events.next("onTextMessage", (message) => message.id === id);
    assert.equal((await first.conversationIds())[0], "carol");
  });

  it("says of its own deletions nothing to itself", () => {
    assert.deepEqual(first.events.all("onMultiDeviceEvent"), []);
  });

  it("deletes everything", async () => {
    await first.call("deleteAllMessagesAndConversations");
    assert.deepEqual(await first.conversationIds(), []);
    const told = [];
    for (let i = 0; i < 3; i++) told.push((await second.multiDeviceEvent("deleteConversation")).conversationId);
    assert.deepEqual(told.sort(), ["bob", "carol", "dave"]);
    const { messages } = await second.history({ targetId: "dave", chatType: "singleChat" });
    assert.deepEqual(messages, []);
    const kept = await world.device("dave");
    const { messages: daves } = await kept.history({ targetId: "alice", chatType: "singleChat" });
    assert.equal(daves.length, 1, "the other side keeps its history");
  });
});

describe("the conversation list's latest message", { timeout: 60_000 }, () => {
  let world;
  before(async () => {
    world = await openWorld();
    await world.app.createUsers("alice", "bob");
  });
  after(() => world?.close());

  it("is shown for every type", async () => {
    const alice = await world.device("alice");
    const file = { file: "the content", filename: "a.bin" };
    const messages = [
      { type: "txt", msg: "hello" },
      { type: "img", ...file, width: 30, height: 20 },
      { type: "audio", ...file, length: 5 },
      { type: "video", ...file, length: 6 },
      { type: "file", ...file },
      { type: "loc", lat: 48.1, lng: 11.5, addr: "Marienplatz", buildingName: "Rathaus" },
      { type: "cmd", action: "refresh" },
      { type: "custom", customEvent: "vote", customExts: { choice: "b" } },
    ];
    const uploaded = ["img", "audio", "video", "file"];
    for (const message of messages) {
      const id = await alice.send({ chatType: "singleChat", to: "bob", ...message, ext: { n: 1 } });
      const { data } = await alice.call("getServerConversations", { pageSize: 1, cursor: "" });
      const [{ lastMessage }] = data.conversations;
      const { file: _, ...fields } = message;
      if (message.type === "img") delete fields.filename; // the client shows none in a list
      const expected = { id, from: "alice", to: "bob", chatType: "singleChat", ext: { n: 1 }, ...fields };
      for (const [field, value] of Object.entries(expected)) {
        assert.deepEqual(lastMessage[field], value, `${message.type}: ${field}`);
      }
      if (uploaded.includes(message.type)) {
        assert.ok(lastMessage.url.includes(alice.uploaded.split("/").at(-1)), message.type);
        assert.equal(lastMessage.secret, "share-secret");
        assert.equal(lastMessage.file_length, 11, message.type);
      }
    }
  });
});

describe("a server that deletes conversations for the caller alone", { timeout: 60_000 }, () => {
  let world;
  before(async () => {
    world = await openWorld({ serverArgs: ["--conversation-deletion", "self"] });
    await world.app.createUsers("alice", "bob");
    await world.app.sendText("alice", "bob", "hello");
  });
  after(() => world?.close());

  it("leaves the other side as it was", async () => {
    const alice = await world.device("alice");
    const bob = await world.device("bob");
    await alice.call("deleteConversation", { channel: "bob", chatType: "singleChat", deleteRoam: true });
    assert.deepEqual(await alice.conversationIds(), []);
    assert.deepEqual(await alice.historyIds({ targetId: "bob", chatType: "singleChat" }), []);
    assert.deepEqual(await bob.conversationIds(), ["alice"]);
    assert.equal((await bob.historyIds({ targetId: "alice", chatType: "singleChat" })).length, 1);
    assert.deepEqual(bob.events.all("onMultiDeviceEvent"), []);
  });
});

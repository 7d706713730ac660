// The conversation list, pins and deletions, with a second device that receives the events.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { openFixture } from "./fixture.mjs";

describe("conversations of the official client", { timeout: 300_000 }, () => {
  let fixture;
  let first;
  let second;
  let group;
  before(async () => {
    fixture = await openFixture();
    await fixture.appRest.createUsers("alice", "bob", "carol", "dave");
    group = await fixture.appRest.createGroup("bob", ["alice", "carol"]);
    await fixture.appRest.sendText("bob", "alice", "from bob");
    await fixture.appRest.sendText("alice", "carol", "to carol");
    await fixture.appRest.sendGroupText("bob", group, "to the group");
    await fixture.appRest.sendText("dave", "alice", "from dave");
    first = await fixture.device("alice");
    second = await fixture.device("alice");
  });
  after(() => fixture?.close());

  const list = (device, options = {}) =>
    device.call("getServerConversations", { pageSize: 50, cursor: "", ...options }).then((answer) => answer.data);

  it("are listed newest first, with their latest message", async () => {
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

  it("are listed page by page", async () => {
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

  it("are listed by the older calls", async () => {
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

  it("can be pinned and unpinned, and the other device receives events", async () => {
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

  it("can be deleted without their history", async () => {
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

  it("can be deleted with their history", async () => {
    await first.call("deleteConversation", { channel: group, chatType: "groupChat", deleteRoam: true });
    const event = await second.multiDeviceEvent("deleteConversation");
    assert.equal(event.conversationId, group);
    assert.equal(event.conversationType, "groupChat");
    assert.ok(!(await second.conversationIds()).includes(group));
    const { messages } = await first.history({ targetId: group, chatType: "groupChat" });
    assert.deepEqual(messages, []);
  });

  it("are deleted for the other user, too, by default", async () => {
    const bob = await fixture.device("bob");
    const carol = await fixture.device("carol");
    assert.deepEqual(await carol.conversationIds(), []);
    assert.ok(!(await bob.conversationIds()).includes(group));
    const singly = await carol.history({ targetId: "alice", chatType: "singleChat" });
    assert.equal(singly.messages.length, 1);
    const jointly = await bob.history({ targetId: group, chatType: "groupChat" });
    assert.deepEqual(jointly.messages, []);
    await bob.logout();
    await carol.logout();
  });

  it("reappear after a deletion when a new message arrives", async () => {
    const id = await fixture.appRest.sendText("carol", "alice", "hello again");
    await first.events.next("onTextMessage", (message) => message.id === id);
    assert.equal((await first.conversationIds())[0], "carol");
  });

  it("cause no events on the device that deletes them", () => {
    assert.deepEqual(first.events.all("onMultiDeviceEvent"), []);
  });

  it("can be deleted all at once", async () => {
    await first.call("deleteAllMessagesAndConversations");
    assert.deepEqual(await first.conversationIds(), []);
    const deleted = [];
    for (let i = 0; i < 3; i++) deleted.push((await second.multiDeviceEvent("deleteConversation")).conversationId);
    assert.deepEqual(deleted.sort(), ["bob", "carol", "dave"]);
    const { messages } = await second.history({ targetId: "dave", chatType: "singleChat" });
    assert.deepEqual(messages, []);
    const dave = await fixture.device("dave");
    const { messages: left } = await dave.history({ targetId: "alice", chatType: "singleChat" });
    assert.equal(left.length, 1, "the other user's history");
  });
});

describe("the conversation list's latest message", { timeout: 60_000 }, () => {
  let fixture;
  before(async () => {
    fixture = await openFixture();
    await fixture.appRest.createUsers("alice", "bob");
  });
  after(() => fixture?.close());

  it("is shown for every type", async () => {
    const alice = await fixture.device("alice");
    const file = { file: "the content", filename: "a.bin" };
    const messages = [
      { type: "txt", msg: "hello" },
      { type: "img", ...file, width: 30, height: 20 },
      { type: "audio", ...file, length: 5 },
      { type: "video", ...file, length: 6 },
      { type: "file", ...file },
      { type: "loc", lat: 48.1, lng: 11.5, addr: "Marienplatz", buildingName: "Rathaus" },
      { type: "custom", customEvent: "vote", customExts: { choice: "b" } },
    ];
    const uploaded = ["img", "audio", "video", "file"];
    for (const message of messages) {
      const id = await alice.send({ chatType: "singleChat", to: "bob", ...message, ext: { n: 1 } });
      const { data } = await alice.call("getServerConversations", { pageSize: 1, cursor: "" });
      const [{ lastMessage }] = data.conversations;
      const { file: _, ...fields } = message;
      // The client shows no file name of an image in a list.
      if (message.type === "img") delete fields.filename;
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

describe("a command", { timeout: 60_000 }, () => {
  let fixture;
  before(async () => {
    fixture = await openFixture();
    await fixture.appRest.createUsers("alice", "bob");
  });
  after(() => fixture?.close());

  it("makes no conversation, is not counted, and is no last message", async () => {
    const alice = await fixture.device("alice");
    const bob = await fixture.device("bob");
    const list = async () => (await bob.call("getServerConversations", { pageSize: 10, cursor: "" })).data.conversations;
    const command = { type: "cmd", chatType: "singleChat", to: "bob", action: "typing" };
    const first = await alice.send(command);
    await bob.events.next("onCmdMessage", (message) => message.id === first);
    assert.deepEqual(await list(), []);
    const text = await alice.sendText("singleChat", "bob", "hello");
    await alice.send(command);
    const [conversation] = await list();
    assert.equal(conversation.lastMessage.id, text);
    assert.equal(conversation.unReadCount, 1);
  });
});

describe("a server that deletes conversations only for the caller", { timeout: 60_000 }, () => {
  let fixture;
  before(async () => {
    fixture = await openFixture({ args: ["--conversation-deletion", "self"] });
    await fixture.appRest.createUsers("alice", "bob");
    await fixture.appRest.sendText("alice", "bob", "hello");
  });
  after(() => fixture?.close());

  it("changes nothing for the other user", async () => {
    const alice = await fixture.device("alice");
    const bob = await fixture.device("bob");
    await alice.call("deleteConversation", { channel: "bob", chatType: "singleChat", deleteRoam: true });
    assert.deepEqual(await alice.conversationIds(), []);
    assert.deepEqual(await alice.historyIds({ targetId: "bob", chatType: "singleChat" }), []);
    assert.deepEqual(await bob.conversationIds(), ["alice"]);
    assert.equal((await bob.historyIds({ targetId: "alice", chatType: "singleChat" })).length, 1);
    assert.deepEqual(bob.events.all("onMultiDeviceEvent"), []);
  });
});

// Login, sending and receiving.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { openFixture } from "./fixture.mjs";

describe("a session of the official client", { timeout: 300_000 }, () => {
  let fixture;
  let alice;
  let bob;
  before(async () => {
    fixture = await openFixture();
    await fixture.appRest.createUsers("alice", "bob", "carol");
  });
  after(() => fixture?.close());

  it("starts with a password", async () => {
    alice = await fixture.device("alice");
    assert.ok(alice.resource);
  });

  it("starts with a token", async () => {
    bob = await fixture.device("bob", { accessToken: await fixture.appRest.userToken("bob") });
    assert.ok(bob.resource);
  });

  it("is refused for a wrong password, an unknown user, a wrong token and another user's token", async () => {
    const device = await fixture.newDevice("carol");
    await assert.rejects(device.login({ pwd: "wrong" }), /invalid password/);
    const nobody = await fixture.newDevice("nobody");
    await assert.rejects(nobody.login(), /user not found/);
    const thief = await fixture.newDevice("carol");
    await assert.rejects(thief.login({ accessToken: "not-a-token" }));
    const other = await fixture.newDevice("carol");
    await assert.rejects(other.login({ accessToken: await fixture.appRest.userToken("bob") }));
  });

  it("sends a text, which the other user receives with its `ext`", async () => {
    const ext = { number: 7, truth: true, nested: { list: [1, "two"] }, text: "ü" };
    const id = await alice.sendText("singleChat", "bob", "Grüße, 你好 👋", { ext });
    const message = await bob.events.next("onTextMessage");
    assert.equal(message.id, id);
    assert.match(id, /^\d{15,20}$/);
    assert.equal(message.msg, "Grüße, 你好 👋");
    assert.equal(message.from, "alice");
    assert.equal(message.to, "bob");
    assert.equal(message.chatType, "singleChat");
    assert.deepEqual(message.ext, ext);
    assert.ok(Math.abs(Number(message.time) - Date.now()) < 60_000);
  });

  const file = { file: "the content", filename: "a.bin" };
  const bodies = [
    ["onImageMessage", { type: "img", ...file, width: 30, height: 20 }, { width: 30, height: 20, file_length: 11 }],
    ["onAudioMessage", { type: "audio", ...file, length: 5 }, { length: 5, file_length: 11, filename: "a.bin" }],
    ["onVideoMessage", { type: "video", ...file, length: 6 }, { length: 6, file_length: 11, filename: "a.bin" }],
    ["onFileMessage", { type: "file", ...file }, { filename: "a.bin", file_length: 11 }],
    ["onLocationMessage", { type: "loc", lat: 48.137154, lng: 11.576124, addr: "Marienplatz", buildingName: "Rathaus" },
      { lat: 48.137154, lng: 11.576124, addr: "Marienplatz", buildingName: "Rathaus" }],
    ["onCmdMessage", { type: "cmd", action: "refresh" }, { action: "refresh" }],
    ["onCustomMessage", { type: "custom", customEvent: "vote", customExts: { choice: "b" } },
      { customEvent: "vote", customExts: { choice: "b" } }],
  ];
  for (const [event, message, expected] of bodies) {
    it(`sends a message of type ${message.type}`, async () => {
      const id = await alice.send({ chatType: "singleChat", to: "bob", ...message });
      const received = await bob.events.next(event, (received) => received.id === id);
      for (const [field, value] of Object.entries(expected)) assert.deepEqual(received[field], value, field);
      if (message.file) {
        assert.ok(received.url.includes(alice.uploaded.split("/").at(-1)), received.url);
        assert.equal(received.secret, "share-secret");
      }
    });
  }

  it("sends a combined message", async () => {
    const { messages } = await alice.history({ targetId: "bob", chatType: "singleChat", pageSize: 3 });
    const id = await alice.send({
      type: "combine", chatType: "singleChat", to: "bob", messageList: messages,
      title: "Chat history", summary: "three messages", compatibleText: "not supported here",
    });
    const event = await bob.events.next("onMessage", (events) => events.some((event) => event.id === id));
    const received = event.find((event) => event.id === id);
    assert.equal(received.type, "combine");
    assert.equal(received.title, "Chat history");
    assert.equal(received.summary, "three messages");
    assert.equal(received.compatibleText, "not supported here");
    assert.equal(received.combineLevel, 1);
  });

  it("has every type in the history", async () => {
    const { messages } = await bob.history({ targetId: "alice", chatType: "singleChat", pageSize: 20 });
    const types = messages.map((message) => message.type).sort();
    assert.deepEqual(types, ["audio", "cmd", "combine", "custom", "file", "img", "loc", "txt", "video"]);
  });

  it("sends to a group, and every member receives the message", async () => {
    const group = await fixture.appRest.createGroup("alice", ["bob", "carol"]);
    const carol = await fixture.device("carol");
    const id = await alice.sendText("groupChat", group, "to all");
    for (const member of [bob, carol]) {
      const message = await member.events.next("onTextMessage", (message) => message.id === id);
      assert.equal(message.chatType, "groupChat");
      assert.equal(message.to, group);
      assert.equal(message.from, "alice");
    }
    assert.equal(alice.events.all("onTextMessage").length, 0, "the sending device does not receive its own message");
  });

  it("receives the messages that the user's other device sends", async () => {
    const second = await fixture.device("alice");
    assert.notEqual(second.resource, alice.resource);
    const id = await alice.sendText("singleChat", "bob", "from the first device");
    const message = await second.events.next("onTextMessage", (message) => message.id === id);
    assert.equal(message.from, "alice");
    assert.equal(message.to, "bob");
    await second.logout();
  });

  it("receives the messages that arrived while the device was offline, in order", async () => {
    await bob.logout();
    const sent = [];
    for (let i = 0; i < 25; i++) sent.push(await alice.sendText("singleChat", "bob", `while away ${i}`));
    await bob.login();
    for (const id of sent) await bob.events.next("onTextMessage", (message) => message.id === id);
    const received = bob.events.all("onTextMessage").map((message) => message.id);
    assert.deepEqual(received.filter((id) => sent.includes(id)), sent);
  });

  it("receives more than one batch of messages that arrived while the device was offline, in order", async () => {
    await bob.logout();
    const sent = [];
    while (sent.length < 1200) {
      const some = Array.from({ length: 100 }, (_, i) => fixture.appRest.sendText("alice", "bob", `many ${sent.length + i}`));
      sent.push(...(await Promise.all(some)));
    }
    sent.sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
    await bob.login();
    await bob.events.next("onTextMessage", (message) => message.id === sent.at(-1), 60_000);
    const received = bob.events.all("onTextMessage").map((message) => message.id);
    assert.deepEqual(received.filter((id) => sent.includes(id)), sent);
  });

  it("receives no message twice", async () => {
    const before = bob.events.all("onTextMessage").length;
    await bob.logout();
    await bob.login();
    const id = await alice.sendText("singleChat", "bob", "only this");
    await bob.events.next("onTextMessage", (message) => message.id === id);
    assert.deepEqual(bob.events.all("onTextMessage").slice(before).map((message) => message.id), [id]);
  });

  it("recalls a message for everyone", async () => {
    const id = await alice.sendText("singleChat", "bob", "forget this");
    await bob.events.next("onTextMessage", (message) => message.id === id);
    await alice.call("recallMessage", { mid: id, to: "bob", chatType: "singleChat" });
    const recall = await bob.events.next("onRecallMessage", (recall) => recall.mid === id);
    assert.equal(recall.from, "alice");
    const { messages } = await bob.history({ targetId: "alice", chatType: "singleChat", pageSize: 5 });
    assert.ok(!messages.some((message) => message.id === id));
  });

  it("edits a message", async () => {
    const id = await alice.sendText("singleChat", "bob", "tpyo");
    await bob.events.next("onTextMessage", (message) => message.id === id);
    await alice.edit(id, { type: "txt", chatType: "singleChat", to: "bob", msg: "typo" });
    const modified = await bob.events.next("onModifiedMessage", (message) => message.id === id);
    assert.equal(modified.msg, "typo");
    const { messages } = await bob.history({ targetId: "alice", chatType: "singleChat", pageSize: 5 });
    const found = messages.find((message) => message.id === id);
    assert.equal(found.msg, "typo");
    assert.equal(found.modifiedInfo.operationCount, 1);
  });

  it("sends a read receipt", async () => {
    const id = await alice.sendText("singleChat", "bob", "read this");
    await bob.events.next("onTextMessage", (message) => message.id === id);
    await bob.send({ type: "read", chatType: "singleChat", to: "alice", id });
    const ack = await alice.events.next("onReadMessage", (ack) => ack.mid === id);
    assert.equal(ack.from, "bob");
  });

  it("receives all messages of a burst that is faster than its SYNC requests", async () => {
    const sent = [];
    for (let i = 0; i < 60; i++) sent.push(fixture.appRest.sendText("carol", "bob", `burst ${i}`));
    const ids = await Promise.all(sent);
    for (const id of ids) await bob.events.next("onTextMessage", (message) => message.id === id);
  });

  it("rejects a message to a group without the user, and to one that does not exist", async () => {
    const group = await fixture.appRest.createGroup("bob", ["carol"]);
    await assert.rejects(alice.sendText("groupChat", group, "let me in"), { type: 602 });
    await assert.rejects(alice.sendText("groupChat", "999999", "nobody here"), { type: 605 });
  });
});

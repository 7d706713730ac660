// History in both directions and with every filter.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { openFixture } from "./fixture.mjs";

const COUNT = 130;
const START = Date.now() - COUNT * 1000;

describe("history of the official client", { timeout: 300_000 }, () => {
  let fixture;
  let alice;
  let group;
  const sent = [];
  const single = { targetId: "bob", chatType: "singleChat" };
  before(async () => {
    fixture = await openFixture();
    await fixture.appRest.createUsers("alice", "bob", "carol");
    group = await fixture.appRest.createGroup("bob", ["alice", "carol"]);
    for (let i = 0; i < COUNT; i++) {
      const [from, to] = i % 3 ? ["alice", "bob"] : ["bob", "alice"];
      sent.push(await fixture.appRest.sendText(from, to, `message ${i}`, { msg_timestamp: START + i * 1000 }));
    }
    alice = await fixture.device("alice");
  });
  after(() => fixture?.close());

  it("pages up from the newest to the oldest", async () => {
    const pages = [];
    let cursor;
    do {
      const page = await alice.history({ ...single, pageSize: 50, cursor, searchDirection: "up" });
      pages.push(page.messages.map((message) => message.id));
      cursor = page.isLast ? undefined : page.cursor;
    } while (cursor);
    assert.deepEqual(pages.flat(), sent.toReversed());
    assert.deepEqual(pages.map((page) => page.length), [50, 50, 30]);
  });

  it("pages down from the oldest to the newest", async () => {
    assert.deepEqual(await alice.historyIds({ ...single, pageSize: 49, searchDirection: "down" }), sent);
  });

  it("starts after a given message, in both directions", async () => {
    const up = await alice.history({ ...single, pageSize: 3, cursor: sent[60], searchDirection: "up" });
    assert.deepEqual(up.messages.map((message) => message.id), [sent[59], sent[58], sent[57]]);
    assert.equal(up.isLast, false);
    const down = await alice.history({ ...single, pageSize: 3, cursor: sent[60], searchDirection: "down" });
    assert.deepEqual(down.messages.map((message) => message.id), sent.slice(61, 64));
  });

  it("returns all fields of a message", async () => {
    const { messages } = await alice.history({ ...single, pageSize: 1, searchDirection: "down" });
    const [{ id, type, msg, from, to, chatType, time }] = messages;
    assert.deepEqual(
      { id, type, msg, from, to, chatType, time: Number(time) },
      { id: sent[0], type: "txt", msg: "message 0", from: "bob", to: "alice", chatType: "singleChat", time: START },
    );
  });

  it("can be filtered by time", async () => {
    const searchOptions = { startTime: START + 10_000, endTime: START + 20_000 };
    const ids = await alice.historyIds({ ...single, pageSize: 50, searchDirection: "down", searchOptions });
    assert.deepEqual(ids.filter((id) => sent.slice(11, 20).includes(id)), sent.slice(11, 20));
    assert.ok(ids.length <= 11 && ids.every((id) => sent.slice(10, 21).includes(id)));
  });

  it("can be filtered by type", async () => {
    const toBob = { chatType: "singleChat", to: "bob" };
    const location = await alice.send({ ...toBob, type: "loc", lat: 1, lng: 2, addr: "a", buildingName: "b" });
    const command = await alice.send({ ...toBob, type: "cmd", action: "act" });
    const ids = await alice.historyIds({ ...single, pageSize: 20, searchOptions: { msgTypes: ["loc", "cmd"] } });
    assert.deepEqual(ids, [command, location]);
  });

  it("of a group can be filtered by sender", async () => {
    const ids = [];
    for (const [from, msg] of [["bob", "one"], ["carol", "two"], ["alice", "three"], ["bob", "four"]]) {
      ids.push(await fixture.appRest.sendGroupText(from, group, msg));
    }
    const options = { targetId: group, chatType: "groupChat", pageSize: 20 };
    assert.deepEqual(await alice.historyIds(options), ids.toReversed());
    assert.deepEqual(await alice.historyIds({ ...options, searchOptions: { from: "bob" } }), [ids[3], ids[0]]);
  });

  it("is empty for a conversation that does not exist", async () => {
    const page = await alice.history({ targetId: "carol", chatType: "singleChat" });
    assert.deepEqual(page.messages, []);
    assert.equal(page.isLast, true);
  });
});

describe("a server without message roaming", { timeout: 60_000 }, () => {
  let fixture;
  before(async () => {
    fixture = await openFixture({ args: ["--roaming", "off"] });
    await fixture.appRest.createUsers("alice", "bob");
  });
  after(() => fixture?.close());

  it("makes the official client reject with SERVICE_NOT_ENABLED", async () => {
    const alice = await fixture.device("alice");
    await assert.rejects(alice.history({ targetId: "bob", chatType: "singleChat" }), { type: 505 });
  });
});

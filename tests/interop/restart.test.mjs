// The server is killed and restarted: no data is lost, and the client reconnects by itself.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { newPostgresDatabase, startServer } from "../support/server.mjs";
import { openFixture } from "./fixture.mjs";

describe("a server that is killed and restarted", { timeout: 120_000 }, () => {
  let fixture;
  let folder;
  let restarted;
  let database;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "roamkit-"));
    database = newPostgresDatabase() ?? `sqlite:${join(folder, "roamkit.db")}`;
    fixture = await openFixture({ database });
    await fixture.appRest.createUsers("alice", "bob", "carol");
  });
  after(async () => {
    await restarted?.stop();
    await fixture?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("lets the official client reconnect and receive the messages that it missed", async () => {
    const alice = await fixture.device("alice");
    const bob = await fixture.device("bob");
    const first = await alice.sendText("singleChat", "bob", "before");
    await bob.events.next("onTextMessage", (message) => message.id === first);
    // The server answers frames in order, so after this message it has answered Bob's last SYNC. If it died before, the
    // client would wait for that answer on the next connection, too, and not sync that queue again.
    await bob.sendText("singleChat", "carol", "a marker");

    await fixture.server.kill();
    await bob.events.next("onReconnecting");
    restarted = await startServer({ database, port: Number(new URL(fixture.server.url).port) });
    await Promise.all([alice, bob].map((device) => device.events.next("onConnected", () => true, 60_000)));

    const second = await alice.sendText("singleChat", "bob", "after");
    await bob.events.next("onTextMessage", (message) => message.id === second);
    const history = await bob.historyIds({ targetId: "alice", chatType: "singleChat" });
    assert.deepEqual(history, [second, first]);
    const received = bob.events.all("onTextMessage").map((message) => message.id);
    assert.deepEqual([...new Set(received)], [first, second]);
  });
});

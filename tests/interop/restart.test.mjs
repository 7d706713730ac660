// The server dies without warning and comes back: nothing is lost, and the client finds it again by itself.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { newPostgresDatabase, startServer } from "../support/server.mjs";
import { openWorld } from "./world.mjs";

describe("a server that is killed and started again", { timeout: 120_000 }, () => {
  let world;
  let folder;
  let again;
  let database;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "roamkit-"));
    database = newPostgresDatabase() ?? `sqlite:${join(folder, "roamkit.db")}`;
    world = await openWorld({ database });
    await world.app.createUsers("alice", "bob", "carol");
  });
  after(async () => {
    await again?.stop();
    await world?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("is found again by the official client, which then receives what it missed", async () => {
    const alice = await world.device("alice");
    const bob = await world.device("bob");
    const first = await alice.sendText("singleChat", "bob", "before");
    await bob.events.next("onTextMessage", (message) => message.id === first);
    // A socket's frames are answered in turn. A client whose last wish for a queue is still open when the server dies
    // waits for that answer also on the next connection, and asks for that queue no more.
    await bob.sendText("singleChat", "carol", "all is read");

    await world.server.kill();
    await bob.events.next("onReconnecting");
    again = await startServer({ database, port: Number(new URL(world.server.url).port) });
    await Promise.all([alice, bob].map((device) => device.events.next("onConnected", () => true, 60_000)));

    const second = await alice.sendText("singleChat", "bob", "after");
    await bob.events.next("onTextMessage", (message) => message.id === second);
    const history = await bob.historyIds({ targetId: "alice", chatType: "singleChat" });
    assert.deepEqual(history, [second, first]);
    const received = bob.events.all("onTextMessage").map((message) => message.id);
    assert.deepEqual([...new Set(received)], [first, second]);
  });
});

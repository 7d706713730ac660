// How a client meets a service that keeps no history, and a server that is killed and comes back.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { newPostgresDatabase, startServer } from "../support/server.mjs";
import { Record } from "./record.mjs";
import { openWorld } from "./world.mjs";

/** Plays both; resolves with the record. */
export async function playService(client) {
  const record = new Record();
  await off(record, client);
  await away(record, client);
  return record.read();
}

async function opened(world, client, name) {
  const app = await world.application(client);
  await app.connect();
  const outcome = await app.call("open", { user: name, pwd: `pw-${name}` });
  if (!outcome.resolved) throw new Error(`open: ${JSON.stringify(outcome)}`);
  return app;
}

async function off(record, client) {
  const world = await openWorld({ serverArgs: ["--roaming", "off"] });
  try {
    await world.app.createUsers("alice", "bob");
    const app = await opened(world, client, "alice");
    record.note("roaming off", await app.call("getHistoryMessages", { targetId: "bob", chatType: "singleChat" }));
  } finally {
    await world.close();
  }
}

async function away(record, client) {
  const folder = await mkdtemp(join(tmpdir(), "roamkit-"));
  const database = newPostgresDatabase() ?? `sqlite:${join(folder, "roamkit.db")}`;
  const world = await openWorld({ database });
  let again;
  try {
    await world.app.createUsers("alice", "bob");
    const app = await opened(world, client, "alice");
    await app.events.next("onConnected");
    // No message before: the official client, where its wish for more of a queue is still open when the server dies, waits
    // for that answer also on the next connection, and asks for that queue no more.
    await app.call("getServerConversations", {});
    await world.server.kill();
    await app.events.next("onReconnecting");
    record.note("away: isOpened", await app.call("isOpened"));
    again = await startServer({ database, port: Number(new URL(world.server.url).port) });
    await app.events.next("onConnected", () => true, 60_000);
    record.note("back: isOpened", await app.call("isOpened"));
    const after = await world.app.sendText("bob", "alice", "after");
    await app.events.next("onTextMessage", (message) => message.id === after);
    // How often it tried in between is each client's own.
    const told = JSON.parse(String(app.events)).flatMap(Object.keys).filter((name) => name.startsWith("onC") || name.startsWith("onRe") || name.startsWith("onD"));
    record.note("away and back: told", told.filter((name, i) => name !== told[i - 1]));
  } finally {
    await world.close();
    await again?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

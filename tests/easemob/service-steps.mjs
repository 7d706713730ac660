// Steps about the service: one without message roaming, and a server that is killed and restarted.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { newPostgresDatabase, startServer } from "../support/server.mjs";
import { Record } from "./record.mjs";
import { openFixture } from "./fixture.mjs";

/** Runs the steps. Resolves with the record. */
export async function runService(client) {
  const record = new Record();
  await withoutRoaming(record, client);
  await withRestart(record, client);
  return record.normalized();
}

async function openApplication(fixture, client, name) {
  const application = await fixture.application(client);
  await application.connect();
  const outcome = await application.call("open", { user: name, pwd: `pw-${name}` });
  if (!outcome.resolved) throw new Error(`open: ${JSON.stringify(outcome)}`);
  return application;
}

async function withoutRoaming(record, client) {
  const fixture = await openFixture({ args: ["--roaming", "off"] });
  try {
    await fixture.appRest.createUsers("alice", "bob");
    const application = await openApplication(fixture, client, "alice");
    record.add("roaming off", await application.call("getHistoryMessages", { targetId: "bob", chatType: "singleChat" }));
  } finally {
    await fixture.close();
  }
}

async function withRestart(record, client) {
  const folder = await mkdtemp(join(tmpdir(), "roamkit-"));
  const database = newPostgresDatabase() ?? `sqlite:${join(folder, "roamkit.db")}`;
  const fixture = await openFixture({ database });
  let restarted;
  try {
    await fixture.appRest.createUsers("alice", "bob");
    const application = await openApplication(fixture, client, "alice");
    await application.events.next("onConnected");
    // No message is sent before. If the server died before it answered a SYNC, the official client would wait for that
    // answer on the next connection, too, and not sync that queue again.
    await application.call("getServerConversations", {});
    await fixture.server.kill();
    await application.events.next("onReconnecting");
    record.add("server gone: isOpened", await application.call("isOpened"));
    restarted = await startServer({ database, port: Number(new URL(fixture.server.url).port) });
    await application.events.next("onConnected", () => true, 60_000);
    record.add("server restarted: isOpened", await application.call("isOpened"));
    const after = await fixture.appRest.sendText("bob", "alice", "after");
    await application.events.next("onTextMessage", (message) => message.id === after);
    // The number of attempts to reconnect may differ, so repetitions are dropped.
    const names = JSON.parse(String(application.events)).flatMap(Object.keys).filter((name) => /^on(C|Re|D)/.test(name));
    record.add("server gone and restarted: events", names.filter((name, i) => name !== names[i - 1]));
  } finally {
    await fixture.close();
    await restarted?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

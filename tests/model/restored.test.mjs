// The server's database is restored from a backup. The local copy then has messages that the server does not know, and the next
// session finds that out.

import assert from "node:assert/strict";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { appRest } from "../support/app-rest.mjs";
import { launchChromium } from "../support/chromium.mjs";
import { startServer } from "../support/server.mjs";
import { serveStatic } from "../support/static.mjs";
import { waitUntil } from "../support/wait.mjs";
import { MOUNTS } from "./device.mjs";
import { Fixture, SharedResources } from "./fixture.mjs";

/** A notice on its way explains a difference, so a session acts on it after this time, when its queues were emptied again. */
const ARRIVAL_MS = 1_100;

/** A server on a SQLite file, which can go back to a backup. */
class RestorableServer extends SharedResources {
  static async start(folder) {
    const shared = new RestorableServer();
    shared.file = join(folder, "roamkit.db");
    shared.server = await startServer({ database: `sqlite:${shared.file}` });
    shared.files = await serveStatic(MOUNTS);
    shared.browser = await launchChromium();
    shared.appRest = await appRest(shared.server.url);
    return shared;
  }

  async #restart(prepare) {
    await this.server.stop();
    await prepare();
    const port = Number(new URL(this.server.url).port);
    this.server = await startServer({ database: `sqlite:${this.file}`, port });
  }

  backUp() {
    return this.#restart(() => copyFile(this.file, `${this.file}.backup`));
  }

  restore() {
    return this.#restart(async () => {
      for (const suffix of ["-wal", "-shm"]) await rm(this.file + suffix, { force: true });
      await copyFile(`${this.file}.backup`, this.file);
    });
  }
}

describe("a server that was restored from a backup", () => {
  it("is found out by the next session, and the copy becomes the server's", { timeout: 120_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), "roamkit-"));
    const shared = await RestorableServer.start(folder);
    await shared.appRest.createUsers("bob", "carol", "dave");
    const fixture = await Fixture.open({ shared });
    try {
      await check(fixture, shared);
    } finally {
      await fixture.close();
      for (const cleanup of shared.cleanups()) await cleanup();
      await rm(folder, { recursive: true, force: true });
    }
  });
});

async function check(fixture, shared) {
  const [bob, carol, dave] = fixture.conversations;
  const fetchAll = async (tab) => {
    for (const conversation of [bob, carol]) await tab.call("fetchHistoryMessages", { ...conversation, pageSize: 50 });
  };
  const local = async (tab, conversation) => {
    const { messages, complete } = await tab.call("loadMessages", { ...conversation, pageSize: 50 });
    return { ids: messages.map(({ id }) => id).reverse(), complete };
  };
  const onServer = async (conversation) => (await fixture.userRest.history(conversation)).map(({ id }) => id);

  for (const conversation of [bob, carol]) {
    for (const text of ["one", "two", "three"]) await fixture.send(conversation, conversation.conversationId, "txt", text);
  }
  await shared.backUp();
  for (const text of ["four", "five"]) await fixture.send(bob, "bob", "txt", text);
  const device = await fixture.device("a");
  const tab = await device.openTab();
  await tab.login();
  await fetchAll(tab);
  await tab.call("fetchConversationsFromServer", { pageSize: 50 });
  assert.deepEqual(await local(tab, bob), { ids: await onServer(bob), complete: true });
  assert.equal((await onServer(bob)).length, 5);
  await tab.call("logout");

  await shared.restore();
  assert.equal((await onServer(bob)).length, 3);
  await tab.login();
  await sleep(ARRIVAL_MS);
  await fixture.send(dave, "dave", "txt", "the queues are read again");
  await waitUntil("the copy that equals the server's", async () => {
    for (const conversation of [bob, carol]) {
      const { ids, complete } = await local(tab, conversation);
      if (!complete || `${ids}` !== `${await onServer(conversation)}`) return false;
    }
    return true;
  });
  const listed = (await tab.read([])).conversations.find(({ conversationId }) => conversationId === "bob");
  assert.equal(listed.last.id, (await onServer(bob)).at(-1));
}

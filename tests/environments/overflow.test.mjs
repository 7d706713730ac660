// A device is offline while its queue on the server overflows. At the next login it must notice the lost entries and
// bring its local copy up to date.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { waitUntil } from "../support/wait.mjs";
import { BOB, Fixture } from "./fixture.mjs";

/** The maximum number of entries in a device's queue. */
const QUEUE_LENGTH = 10;

describe("a device whose queue overflowed", { timeout: 120_000 }, () => {
  let fixture;
  before(async () => {
    fixture = await Fixture.open({ server: { args: ["--queue-length", `${QUEUE_LENGTH}`, "--clear-seconds", "1"] } });
  });
  after(() => fixture.close());

  /** The number of entries in all queues. The server updates this metric periodically. */
  async function queueEntries() {
    const metrics = await (await fetch(`${fixture.server.url}/metrics`)).text();
    return Number(/^roamkit_queue_envelopes (\d+)/m.exec(metrics)[1]);
  }

  it("still gets the same messages as the server", async () => {
    const user = await fixture.user("offline");
    const ids = [];
    for (let i = 0; i < 30; i += 1) ids.push(await user.sendFromBob(`before ${i}`));
    const network = await fixture.network();
    const tab = await fixture.tab(await fixture.context());
    const environment = await tab.start("window");
    await environment.call("open", user.options(network, "here"));
    await environment.call("login", { token: user.token });
    await environment.call("fetchHistoryMessages", { ...BOB, pageSize: 50 });
    await environment.call("logout");

    const removed = ids.splice(20, 5);
    await user.remove(...removed);
    for (let i = 0; i < 40; i += 1) ids.push(await user.sendFromBob(`meanwhile ${i}`));
    await waitUntil("the queue was truncated", async () => (await queueEntries()) <= QUEUE_LENGTH, 60_000);

    await environment.call("login", { token: user.token });
    const page = (startMsgId) => environment.call("loadMessages", { ...BOB, pageSize: 50, ...(startMsgId && { startMsgId }) });
    let local;
    const matches = async () => {
      const newest = await page();
      const older = await page(newest.messages.at(-1).id);
      const found = new Set([...newest.messages, ...older.messages].map(({ id }) => id));
      local = { complete: newest.complete && older.complete, found };
      return local.complete && found.size === ids.length && ids.every((id) => found.has(id));
    };
    await waitUntil("the local copy equals the server's history", matches).catch((error) => {
      const { complete, found } = local;
      const shown = removed.filter((id) => found.has(id));
      const missing = ids.filter((id) => !found.has(id));
      assert.fail(`${error.message}: complete ${complete}, removed but shown ${shown}, missing ${missing}`);
    });
    assert.deepEqual(tab.failures, []);
  });
});

// A device that was away while more happened than its queue at the server holds: it learns that it missed something.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { BOB, World, until } from "./world.mjs";

/** Envelopes that wait for a device, at most. */
const QUEUE = 10;

describe("a device whose queue overflowed", { timeout: 120_000 }, () => {
  let world;
  before(async () => {
    world = await World.open({ server: { args: ["--queue-length", `${QUEUE}`, "--clear-seconds", "1"] } });
  });
  after(() => world.close());

  /** How much waits for all devices, as the server counts it now and then. */
  async function waiting() {
    const metrics = await (await fetch(`${world.server.url}/metrics`)).text();
    return Number(/^roamkit_queue_envelopes (\d+)/m.exec(metrics)[1]);
  }

  it("has what the server has all the same", async () => {
    const user = await world.user("away");
    const ids = [];
    for (let number = 0; number < 30; number += 1) ids.push(await user.hear(`before ${number}`));
    const network = await world.network();
    const tab = await world.tab(await world.context());
    const place = await tab.start("window");
    await place.call("open", user.options(network, "here"));
    await place.call("login", { token: user.token });
    await place.call("fetchHistoryMessages", { ...BOB, pageSize: 50 });
    await place.call("logout");

    const removed = ids.splice(20, 5);
    await user.remove(...removed);
    for (let number = 0; number < 40; number += 1) ids.push(await user.hear(`meanwhile ${number}`));
    await until("the queue was cut", async () => (await waiting()) <= QUEUE, 60_000);

    await place.call("login", { token: user.token });
    const page = (startMsgId) => place.call("loadMessages", { ...BOB, pageSize: 50, ...(startMsgId && { startMsgId }) });
    let kept;
    const same = async () => {
      const newest = await page();
      const older = await page(newest.messages.at(-1).id);
      const found = new Set([...newest.messages, ...older.messages].map(({ id }) => id));
      kept = { complete: newest.complete && older.complete, found };
      return kept.complete && found.size === ids.length && ids.every((id) => found.has(id));
    };
    await until("the copy is the server's", same).catch((error) => {
      const { complete, found } = kept;
      const back = removed.filter((id) => found.has(id));
      const gap = ids.filter((id) => !found.has(id));
      assert.fail(`${error.message}: complete ${complete}, removed but there ${back}, missing ${gap}`);
    });
    assert.deepEqual(tab.failures, []);
  });
});

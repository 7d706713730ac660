// How long a removal on one device takes until the other device has heard of it.

import { waitUntilIdle, wasDisturbed } from "../idle.mjs";
import { openDevice } from "./device.mjs";
import { openService } from "./service.mjs";

/** Removals in a round. */
const COUNT = 100;
/** One each so many ms, whether or not those before it are done. */
const PERIOD = 50;
/** So many rounds are made at most for one that counts. */
const TRIES = 3;

export async function delay(bench) {
  const service = await openService(bench.built);
  try {
    return await measure(bench, service);
  } finally {
    await service.close();
  }
}

async function measure(bench, service) {
  const { rounds } = bench.settings;
  await service.createUsers("alice", "bob");
  const messages = await service.write("alice", ["bob"], COUNT * (TRIES * rounds + 1));
  const token = await service.userToken("alice");
  const [here, there] = await Promise.all(
    ["here", "there"].map(async (name) => {
      const device = await openDevice(bench, service.options("alice", name));
      await device.call("client", "login", token);
      await device.call("client", "fetch", ["bob"]);
      return device;
    }),
  );
  await there.call("delay", "listen");

  const sinceCall = [];
  const sinceDone = [];
  for (let round = 0, counted = 0; counted < rounds; round += 1) {
    // From the newest, as who looks at a conversation removes them.
    const ids = messages.splice(-COUNT).map(({ id }) => id);
    await waitUntilIdle();
    const ahead = await here.call("clock", "compare");
    const removed = await here.call("delay", "remove", "bob", ids, PERIOD);
    const heard = new Map(await there.call("delay", "heard", COUNT));
    if (heard.size !== COUNT || !ids.every((id) => heard.has(id))) throw new Error("not what was removed was told");
    const spoilt = wasDisturbed() && round <= (TRIES - 1) * rounds;
    if (round === 0 || spoilt) continue;
    counted += 1;
    for (const { id, called, done } of removed) {
      sinceCall.push(heard.get(id) - ahead - called);
      sinceDone.push(heard.get(id) - ahead - done);
    }
  }
  await Promise.all([here.close(), there.close()]);
  return [
    { what: "from where the removal resolves on device A", delays: sinceDone, goal: { p99: 50 } },
    { what: "from where it is called", delays: sinceCall },
  ];
}

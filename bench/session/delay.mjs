// Measures the delay from a removal on one device to the event on another.

import { waitUntilIdle, wasDisturbed } from "../idle.mjs";
import { openDevice } from "./device.mjs";
import { openService } from "./service.mjs";

/** The number of removals in a round. */
const COUNT = 100;
/** The interval of removals in ms. A removal does not wait for earlier ones. */
const PERIOD = 50;
/** The maximum number of attempts for each round that counts. */
const MAX_TRIES = 3;

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
  const messages = await service.send("alice", ["bob"], COUNT * (MAX_TRIES * rounds + 1));
  const token = await service.userToken("alice");
  const [deviceA, deviceB] = await Promise.all(
    ["a", "b"].map(async (name) => {
      const device = await openDevice(bench, service.options("alice", name));
      await device.call("client", "login", token);
      await device.call("client", "fetchHistories", ["bob"]);
      return device;
    }),
  );
  await deviceB.call("delay", "listen");

  const sinceCall = [];
  const sinceResolved = [];
  for (let round = 0, counted = 0; counted < rounds; round += 1) {
    // The newest messages are removed, as by a user who looks at the conversation.
    const ids = messages.splice(-COUNT).map(({ id }) => id);
    await waitUntilIdle();
    const offset = await deviceA.call("shared-clock", "compare");
    const removed = await deviceA.call("delay", "remove", "bob", ids, PERIOD);
    const receivedAt = new Map(await deviceB.call("delay", "removals", COUNT));
    if (receivedAt.size !== COUNT || !ids.every((id) => receivedAt.has(id))) throw new Error("the events have other ids");
    const disturbed = wasDisturbed() && round <= (MAX_TRIES - 1) * rounds;
    if (round === 0 || disturbed) continue;
    counted += 1;
    for (const { id, calledAt, resolvedAt } of removed) {
      sinceCall.push(receivedAt.get(id) - offset - calledAt);
      sinceResolved.push(receivedAt.get(id) - offset - resolvedAt);
    }
  }
  await Promise.all([deviceA.close(), deviceB.close()]);
  return [
    { what: "from the end of the call on device A", delays: sinceResolved, goal: { p99: 50 } },
    { what: "from the start of the call", delays: sinceCall },
  ];
}

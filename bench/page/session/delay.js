// Removing on one device, and hearing of it on the other.

import { client } from "./client.js";
import { now } from "./shared-clock.js";

/** Removes each by a call of its own, one each `period` ms; resolves with when each was called and was done. */
export function remove(conversationId, ids, period) {
  const start = performance.now() + period;
  const one = async (id, at) => {
    await new Promise((resolve) => setTimeout(resolve, start + at * period - performance.now()));
    const called = now();
    await client.removeMessagesFromServer({ conversationId, conversationType: "singleChat", msgIdList: [id] });
    return { id, called, done: now() };
  };
  return Promise.all(ids.map(one));
}

const PATIENCE = 30_000;
let events = [];
let wake;

/** From now on every `messageRemoved` is noted. */
export function listen() {
  client.on("messageRemoved", ({ msgIdList }) => {
    const at = now();
    for (const id of msgIdList) events.push([id, at]);
    wake?.();
  });
}

/** Waits for so many; `[id, time]` of each. */
export async function heard(count) {
  await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`heard of ${events.length} removals, not ${count}`)), PATIENCE);
    wake = () => {
      if (events.length < count) return;
      clearTimeout(late);
      resolve();
    };
    wake();
  });
  const taken = events;
  events = [];
  return taken;
}

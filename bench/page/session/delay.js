// Removes messages on one device and receives the events on the other.

import { client } from "./client.js";
import { now } from "./shared-clock.js";

/** Removes each message by its own call, one every `period` ms. Resolves with the times at which each call started and resolved. */
export function remove(conversationId, ids, period) {
  const start = performance.now() + period;
  const removeOne = async (id, i) => {
    await new Promise((resolve) => setTimeout(resolve, start + i * period - performance.now()));
    const calledAt = now();
    await client.removeMessagesFromServer({ conversationId, conversationType: "singleChat", msgIdList: [id] });
    return { id, calledAt, resolvedAt: now() };
  };
  return Promise.all(ids.map(removeOne));
}

const TIMEOUT_MS = 30_000;
let events = [];
let onEvent;

/** Starts to record `messageRemoved` events. */
export function listen() {
  client.on("messageRemoved", ({ msgIdList }) => {
    const at = now();
    for (const id of msgIdList) events.push([id, at]);
    onEvent?.();
  });
}

/** Waits for a number of removals. Resolves with `[id, time]` of each. */
export async function removals(count) {
  await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${events.length} removals arrived, not ${count}`)), TIMEOUT_MS);
    onEvent = () => {
      if (events.length < count) return;
      clearTimeout(timer);
      resolve();
    };
    onEvent();
  });
  const taken = events;
  events = [];
  return taken;
}

// Catches up with queued notices. Each must arrive once and in order.

import { client, storedMessages, wasmBytes } from "./client.js";

const TIMEOUT_MS = 120_000;
/** Memory may grow during the first notices. */
const WARM_UP = 1000;

const expected = [];
let arrived = 0;
let failure;
let onComplete;
/** Times and memory sizes at certain notices. */
const marks = {};

/** Adds ids to those that are expected, in order. */
export function expect(ids) {
  expected.push(...ids);
}

/**
 * Logs in and measures durations in ms: until the first `count` notices have arrived, and until the local copy shows them.
 * @param {number} left the expected number of messages in the local copy
 */
export async function run(token, count, left) {
  // The callback does almost nothing, so that the SDK is measured and not the callback.
  client.on("messageRemoved", ({ msgIdList }) => {
    if (msgIdList.length !== 1 || msgIdList[0] !== expected[arrived]) failure ??= `notice ${arrived} is about ${msgIdList}`;
    arrived += 1;
    if (arrived === count) marks.last = performance.now();
    if (arrived === WARM_UP) marks.warmBytes = wasmBytes();
    if (arrived === expected.length) onComplete?.();
  });
  const tasks = [];
  const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries()));
  observer.observe({ type: "longtask" });
  const start = performance.now();
  await Promise.all([client.login({ token }).then(() => (marks.loggedIn = performance.now())), waitForAll()]);
  const messages = await storedMessages();
  const shown = performance.now();
  if (messages !== left) throw new Error(`the local copy contains ${messages} messages, not ${left}`);
  tasks.push(...observer.takeRecords());
  observer.disconnect();
  return {
    sinceCall: marks.last - start,
    sinceLogin: marks.last - marks.loggedIn,
    shown: shown - start,
    wasmGrowth: wasmBytes() - marks.warmBytes,
    // The browser does not report tasks under 50 ms.
    longest: Math.max(0, ...tasks.map(({ duration }) => duration)),
  };
}

/** Waits until all expected notices have arrived, and fails if there were others. */
export async function waitForAll() {
  await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${arrived} of ${expected.length} notices arrived`)), TIMEOUT_MS);
    onComplete = () => {
      clearTimeout(timer);
      resolve();
    };
    if (arrived >= expected.length) onComplete();
  });
  if (failure || arrived !== expected.length) {
    throw new Error(failure ?? `${arrived} notices arrived, not ${expected.length}`);
  }
}

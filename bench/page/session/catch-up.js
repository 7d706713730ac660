// Catching up: every notice is to come once, in order.

import { client, held, wasmBytes } from "./client.js";

const PATIENCE = 120_000;
/** Memory may grow until so many have come. */
const SETTLED = 1000;

const expected = [];
let came = 0;
let wrong;
let wake;
const at = {};

/** These are to come, after those that were named before. */
export function expect(ids) {
  expected.push(...ids);
}

/** Logs in and takes times, ms: until the first `count` have come, until all that was expected has and the copy shows it. */
export async function run(token, count, left) {
  // Nothing is kept of what comes, and nothing done that takes time: what is measured is the SDK.
  client.on("messageRemoved", ({ msgIdList }) => {
    if (msgIdList.length !== 1 || msgIdList[0] !== expected[came]) wrong ??= `notice ${came} is of ${msgIdList}`;
    came += 1;
    if (came === count) at.last = performance.now();
    if (came === SETTLED) at.settledBytes = wasmBytes();
    if (came === expected.length) wake?.();
  });
  const tasks = [];
  const watch = new PerformanceObserver((list) => tasks.push(...list.getEntries()));
  watch.observe({ type: "longtask" });
  const start = performance.now();
  await Promise.all([client.login({ token }).then(() => (at.up = performance.now())), all()]);
  const messages = await held();
  const shown = performance.now();
  if (messages !== left) throw new Error(`the local copy holds ${messages} messages, not ${left}`);
  tasks.push(...watch.takeRecords());
  watch.disconnect();
  return {
    sinceCall: at.last - start,
    sinceUp: at.last - at.up,
    shown: shown - start,
    wasmGrowth: wasmBytes() - at.settledBytes,
    // The browser tells of none under 50 ms.
    longest: Math.max(0, ...tasks.map(({ duration }) => duration)),
  };
}

/** Waits until all that was expected has come, and nothing else. */
export async function all() {
  await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${came} of ${expected.length} notices came`)), PATIENCE);
    wake = () => {
      clearTimeout(late);
      resolve();
    };
    if (came >= expected.length) wake();
  });
  if (wrong || came !== expected.length) throw new Error(wrong ?? `${came} notices came, not ${expected.length}`);
}

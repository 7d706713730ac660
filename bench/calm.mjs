// Whether the machine has other work: measured is when it has none.

import { readFileSync, readdirSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";

/** Of one core: what others may use until it counts as other work. */
const MOST = 0.2;
/** So long a look, ms. */
const LOOK = 400;
/** So long calm is waited for, ms; then the measure goes on all the same. */
const PATIENCE = 20_000;

let since;
let rounds = 0;
let disturbedRounds = 0;

/** Resolves when nobody else uses the machine, or did not stop to in time. */
export async function calm() {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const before = work();
    await wait(LOOK);
    const after = work();
    if (foreign(before, after) < MOST || Date.now() > end) {
      since = after;
      return;
    }
  }
}

/** Whether others used it since then. */
export function disturbed() {
  const is = since && foreign(since, work()) >= MOST;
  rounds += 1;
  disturbedRounds += is ? 1 : 0;
  return Boolean(is);
}

/** How that went, in words. */
export function howCalm() {
  if (!since) return "";
  const share = disturbedRounds === 0 ? "none was" : `${disturbedRounds} of ${rounds} were`;
  return `A round during which other programs used more than ${MOST * 100} % of a core does not count: ${share}.`;
}

/** How many cores others used on average. */
function foreign(before, after) {
  const ticks = after.all - before.all - Math.max(0, after.own - before.own);
  return ticks / 100 / ((after.at - before.at) / 1000);
}

/** Processor time until now in hundredths of a second: everybody's, and that of this process and its descendants. */
function work() {
  try {
    const [, user, nice, system, , , irq, softirq] = readFileSync("/proc/stat", "utf8").split("\n", 1)[0].split(/\s+/).map(Number);
    return { at: performance.now(), all: user + nice + system + irq + softirq, own: own() };
  } catch {
    // Not on this platform: taken for calm.
    return { at: performance.now(), all: 0, own: 0 };
  }
}

function own() {
  const processes = new Map();
  for (const pid of readdirSync("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      // What follows the name, which may hold anything.
      const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1).split(" ");
      processes.set(Number(pid), { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) });
    } catch {
      // It has just ended.
    }
  }
  let ticks = 0;
  for (const pid of processes.keys()) {
    let at = pid;
    while (at && at !== process.pid) at = processes.get(at)?.parent;
    if (at === process.pid) ticks += processes.get(pid).ticks;
  }
  return ticks;
}

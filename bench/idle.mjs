// Detects other work on the machine, so that measurements can avoid it.

import { readFileSync, readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** The machine counts as idle while other programs use less than this share of one core. */
const MAX_FOREIGN_CORES = 0.2;
/** The interval of one check, ms. */
const CHECK_MS = 400;
/** After this time, ms, the measurement starts even if the machine is busy. */
const MAX_WAIT_MS = 20_000;

let lastUsage;
let rounds = 0;
let disturbedRounds = 0;

/** Waits until no other program uses the machine, or until the time is up. */
export async function waitUntilIdle() {
  const end = Date.now() + MAX_WAIT_MS;
  for (;;) {
    const before = readUsage();
    await sleep(CHECK_MS);
    const after = readUsage();
    if (foreignCores(before, after) < MAX_FOREIGN_CORES || Date.now() > end) {
      lastUsage = after;
      return;
    }
  }
}

/** Returns whether other programs have used the machine since `waitUntilIdle`. */
export function wasDisturbed() {
  const disturbed = Boolean(lastUsage) && foreignCores(lastUsage, readUsage()) >= MAX_FOREIGN_CORES;
  rounds += 1;
  if (disturbed) disturbedRounds += 1;
  return disturbed;
}

/** Describes the disturbed rounds in a sentence. */
export function describeDisturbance() {
  if (!lastUsage) return "";
  const share = disturbedRounds === 0 ? "none was discarded" : `${disturbedRounds} of ${rounds} were discarded`;
  return `A round during which other programs used more than ${MAX_FOREIGN_CORES * 100} % of a core is discarded: ${share}.`;
}

/** The mean number of cores that other programs used between two readings. */
function foreignCores(before, after) {
  const ticks = after.all - before.all - Math.max(0, after.own - before.own);
  return ticks / 100 / ((after.at - before.at) / 1000);
}

/** Reads the processor time so far, in hundredths of a second: of all processes, and of this one with its descendants. */
function readUsage() {
  try {
    const [, user, nice, system, , , irq, softirq] = readFileSync("/proc/stat", "utf8").split("\n", 1)[0].split(/\s+/).map(Number);
    return { at: performance.now(), all: user + nice + system + irq + softirq, own: ownTicks() };
  } catch {
    // This platform has no /proc, so the machine counts as idle.
    return { at: performance.now(), all: 0, own: 0 };
  }
}

function ownTicks() {
  const processes = new Map();
  for (const pid of readdirSync("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      // The fields follow the process name, which is in parentheses and may contain any character.
      const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1).split(" ");
      processes.set(Number(pid), { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) });
    } catch {
      // The process has just exited.
    }
  }
  let ticks = 0;
  for (const pid of processes.keys()) {
    let ancestor = pid;
    while (ancestor && ancestor !== process.pid) ancestor = processes.get(ancestor)?.parent;
    if (ancestor === process.pid) ticks += processes.get(pid).ticks;
  }
  return ticks;
}

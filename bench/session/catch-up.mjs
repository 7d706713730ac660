// Measures a device that logs in when 10,000 notices are waiting for it.

import { waitUntilIdle, wasDisturbed } from "../idle.mjs";
import { openDevice } from "./device.mjs";
import { openService } from "./service.mjs";

const COUNT = 10_000;
/** The number of messages that are not removed. */
const LEFT = 500;
/** The number of conversations in the layout with many. The removals alternate between them. */
const MANY = 50;
/** Additional devices, for rounds that are repeated because the machine was busy. */
const SPARE = 2;

export async function catchUp(bench) {
  const service = await openService(bench.built);
  try {
    const peers = Array.from({ length: MANY }, (_, i) => `peer${i}`);
    await service.createUsers("alice", "carol", ...peers);
    const one = await measure(bench, service, "alice", peers.slice(0, 1));
    const many = await measure(bench, service, "carol", peers);
    return rows(one, many);
  } finally {
    await service.close();
  }
}

function rows(one, many) {
  const row = (what, name, unit, goal) => ({ what, unit, goal, layouts: { one: one[name], many: many[name] } });
  return [
    row("from calling `login` to the last callback", "sinceCall", "ms", 3000),
    row("from the end of `login` to the last callback", "sinceLogin", "ms"),
    row("from calling `login` to a complete read of the local copy", "shown", "ms", 3000),
    row("main thread, processor time per notice", "used", "µs"),
    row("scripts and WebAssembly, processor time per notice", "scripts", "µs"),
    row("longest task on the main thread (0: none over 50 ms)", "longest", "ms"),
    row("growth of WebAssembly memory after the first 1,000 notices", "wasmGrowth", "KiB", 1024),
    row("growth of the JS heap and its buffers", "heapGrowth", "KiB", 1024),
  ];
}

/** Fills the local copies of several devices, queues the notices for all of them, and lets one device per round log in. */
async function measure(bench, service, user, peers) {
  const { rounds } = bench.settings;
  const messages = await service.send(user, peers, COUNT + LEFT);
  const token = await service.userToken(user);
  const names = Array.from({ length: rounds + 1 + SPARE }, (_, i) => `device${i}`);
  for (const name of names) {
    const device = await openDevice(bench, service.options(user, name));
    await device.call("client", "login", token);
    await device.call("client", "fetchHistories", peers);
    await device.close();
  }
  // The oldest messages are removed, as when a user clears a long history.
  const removed = messages.slice(0, COUNT);
  const left = messages.slice(COUNT);
  await service.remove(user, token, removed);

  const samples = {};
  for (let round = 0, counted = 0; counted < rounds; round += 1) {
    await waitUntilIdle();
    const sample = await logIn(bench, service, { user, token, name: names[round], removed, left });
    const disturbed = wasDisturbed() && rounds - counted < names.length - round;
    if (round === 0 || disturbed) continue;
    counted += 1;
    for (const [name, value] of Object.entries(sample)) (samples[name] ??= []).push(value);
  }
  return samples;
}

async function logIn(bench, service, { user, token, name, removed, left }) {
  const device = await openDevice(bench, service.options(user, name));
  const monitor = await openMonitor(device.page);
  await device.call("catch-up", "expect", removed.map(({ id }) => id));
  const heap = await monitor.heap();
  const before = await monitor.processorTime();
  const took = await device.call("catch-up", "run", token, COUNT, left.length);
  const after = await monitor.processorTime();
  const heapGrowth = (await monitor.heap()) - heap;
  // One more removal must cause the next event. A repeated notice would arrive before it.
  removed.push(left.shift());
  await device.call("catch-up", "expect", [removed.at(-1).id]);
  await service.remove(user, token, removed.slice(-1));
  await device.call("catch-up", "waitForAll");
  await device.close();
  return {
    ...took,
    wasmGrowth: took.wasmGrowth / 1024,
    heapGrowth: heapGrowth / 1024,
    used: ((after.tasks - before.tasks) / COUNT) * 1e6,
    scripts: ((after.scripts - before.scripts) / COUNT) * 1e6,
  };
}

/** Measures the processor time of a page's main thread, in seconds, and the size of its heap, in bytes. */
async function openMonitor(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  return {
    async processorTime() {
      const { metrics } = await session.send("Performance.getMetrics");
      const { TaskDuration, ScriptDuration } = Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
      return { tasks: TaskDuration, scripts: ScriptDuration };
    },
    async heap() {
      await session.send("HeapProfiler.collectGarbage");
      const { usedSize, backingStorageSize } = await session.send("Runtime.getHeapUsage");
      return usedSize + backingStorageSize;
    },
  };
}

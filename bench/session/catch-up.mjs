// What a device does that comes back when 10,000 notices wait for it.

import { waitUntilIdle, wasDisturbed } from "../idle.mjs";
import { openDevice } from "./device.mjs";
import { openService } from "./service.mjs";

const COUNT = 10_000;
/** Messages that stay. */
const LEFT = 500;
/** Conversations in the layout that has many; the removals go through them in turn. */
const MANY = 50;
/** Devices beyond the rounds, for rounds during which the machine had other work. */
const SPARE = 2;

export async function catchUp(bench) {
  const service = await openService(bench.built);
  try {
    const peers = Array.from({ length: MANY }, (_, at) => `peer${at}`);
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
    row("from where `login` resolves to the last callback", "sinceUp", "ms"),
    row("from calling `login` to a read of the local copy that shows it all", "shown", "ms", 3000),
    row("main thread, processor time for each notice", "used", "µs"),
    row("of that, in scripts and WebAssembly", "scripts", "µs"),
    row("longest task on the main thread (0: none of 50 ms)", "longest", "ms"),
    row("WebAssembly memory, growth after the first 1,000 notices", "wasmGrowth", "KiB", 1024),
    row("JS heap and its buffers, growth", "heapGrowth", "KiB", 1024),
  ];
}

/** One user's devices go away, the notices queue up for all of them, and they come back one after the other. */
async function measure(bench, service, user, peers) {
  const { rounds } = bench.settings;
  const messages = await service.write(user, peers, COUNT + LEFT);
  const token = await service.userToken(user);
  const names = Array.from({ length: rounds + 1 + SPARE }, (_, at) => `device${at}`);
  for (const name of names) {
    const device = await openDevice(bench, service.options(user, name));
    await device.call("client", "login", token);
    await device.call("client", "fetch", peers);
    await device.close();
  }
  // The oldest first: who removes so many has begun at one end.
  const removed = messages.slice(0, COUNT);
  const left = messages.slice(COUNT);
  await service.remove(user, token, removed);

  const samples = {};
  for (let round = 0, counted = 0; counted < rounds; round += 1) {
    await waitUntilIdle();
    const sample = await comeBack(bench, service, { user, token, name: names[round], removed, left });
    const spoilt = wasDisturbed() && rounds - counted < names.length - round;
    if (round === 0 || spoilt) continue;
    counted += 1;
    for (const [name, value] of Object.entries(sample)) (samples[name] ??= []).push(value);
  }
  return samples;
}

async function comeBack(bench, service, { user, token, name, removed, left }) {
  const device = await openDevice(bench, service.options(user, name));
  const watch = await watcher(device.page);
  await device.call("catch-up", "expect", removed.map(({ id }) => id));
  const heap = await watch.heap();
  const before = await watch.used();
  const took = await device.call("catch-up", "run", token, COUNT, left.length);
  const after = await watch.used();
  const heapGrowth = (await watch.heap()) - heap;
  // Of what waited nothing comes twice and nothing more: what happens next is what is told next.
  removed.push(left.shift());
  await device.call("catch-up", "expect", [removed.at(-1).id]);
  await service.remove(user, token, removed.slice(-1));
  await device.call("catch-up", "all");
  await device.close();
  return {
    ...took,
    wasmGrowth: took.wasmGrowth / 1024,
    heapGrowth: heapGrowth / 1024,
    used: ((after.whole - before.whole) / COUNT) * 1e6,
    scripts: ((after.scripts - before.scripts) / COUNT) * 1e6,
  };
}

/** What the page's main thread has used of the processor until now, seconds, and what its heap holds, bytes. */
async function watcher(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  return {
    async used() {
      const { metrics } = await session.send("Performance.getMetrics");
      const { TaskDuration, ScriptDuration } = Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
      return { whole: TaskDuration, scripts: ScriptDuration };
    },
    async heap() {
      await session.send("HeapProfiler.collectGarbage");
      const { usedSize, backingStorageSize } = await session.send("Runtime.getHeapUsage");
      return usedSize + backingStorageSize;
    },
  };
}

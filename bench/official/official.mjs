// Compares RoamKit with the official web client on one server: pages of history, a whole conversation, and the start.

import { waitUntilIdle, wasDisturbed } from "../idle.mjs";
import { openService } from "../session/service.mjs";
import { sizes } from "./sizes.mjs";

/** The number of messages in the conversation. */
const COUNT = 10_000;
/** The number of pages that are fetched in a round. */
const PAGES = 40;
/** The maximum number of attempts for each round that counts. */
const MAX_TRIES = 3;

export async function official(bench) {
  const service = await openService(bench.built);
  try {
    await service.createUsers("alice", "bob");
    await service.send("alice", ["bob"], COUNT);
    const token = await service.userToken("alice");
    const devices = createDevices(bench, service);
    return [
      ...(await pages(bench, devices, token)),
      ...(await conversation(bench, devices, token)),
      ...(await start(bench, devices)),
      ...(await sizes(bench.built)),
    ];
  } finally {
    await service.close();
  }
}

/** Opens pages, each of which is a new device of the user. */
function createDevices(bench, service) {
  let count = 0;
  return {
    async open({ cold = false } = {}) {
      const page = await bench.openPage();
      if (cold) {
        const session = await page.context().newCDPSession(page);
        await session.send("Network.enable");
        await session.send("Network.setCacheDisabled", { cacheDisabled: true });
      }
      count += 1;
      const options = service.options("alice", `device${count}`);
      return {
        options,
        call: (name, ...args) =>
          page.evaluate(
            ([name, args]) => import("/official-side/compare.js").then((module) => module[name](...args)),
            [name, args],
          ),
        close: () => page.close(),
      };
    },
  };
}

/** Runs a warm-up round and the rounds that count. A round during which the machine was busy is repeated. */
async function runRounds(bench, run) {
  const samples = [];
  for (let round = 0; samples.length < bench.settings.rounds; round += 1) {
    await waitUntilIdle();
    const sample = await run(round);
    const disturbed = wasDisturbed() && round <= (MAX_TRIES - 1) * bench.settings.rounds;
    if (round > 0 && !disturbed) samples.push(sample);
  }
  return samples;
}

async function pages(bench, devices, token) {
  const samples = await runRounds(bench, async (round) => {
    const device = await devices.open();
    await device.call("login", "roamkit", device.options, token);
    await device.call("login", "official", device.options, token);
    const sample = await device.call("comparePages", device.options, token, "bob", PAGES, round);
    await device.close();
    return sample;
  });
  const withoutFetch = (name) => samples.map((sample) => Math.max(0, sample[name] - sample.bare));
  return [
    {
      what: "fetch a page of 50, without the bare fetch; RoamKit saves it",
      against: "the official client, which saves nothing",
      roamkit: withoutFetch("roamkit"),
      other: withoutFetch("other"),
      goal: { faster: 5 },
    },
  ];
}

async function conversation(bench, devices, token) {
  const samples = await runRounds(bench, async (round) => {
    const sample = {};
    for (const side of round % 2 ? ["roamkit", "official"] : ["official", "roamkit"]) {
      const device = await devices.open();
      await device.call("login", side, device.options, token);
      sample[side] = await device.call("fetchAll", side, "bob", COUNT);
      await device.close();
    }
    return sample;
  });
  const of = (side, name) => samples.map((sample) => sample[side][name]);
  return [
    {
      what: "fetch 10,000 messages in pages of 50; RoamKit saves them",
      against: "the official client, which saves nothing",
      roamkit: of("roamkit", "took"),
      other: of("official", "took"),
      goal: { faster: 2 },
    },
    { what: "long tasks (over 50 ms) during a round", tasks: { roamkit: of("roamkit", "longTasks"), other: of("official", "longTasks") } },
    { what: "the longest of them, ms", tasks: { roamkit: of("roamkit", "longest"), other: of("official", "longest") } },
  ];
}

async function start(bench, devices) {
  const samples = await runRounds(bench, async (round) => {
    const sample = {};
    for (const side of round % 2 ? ["roamkit", "official"] : ["official", "roamkit"]) {
      const device = await devices.open({ cold: true });
      sample[side] = await device.call("start", side, device.options);
      await device.close();
    }
    return sample;
  });
  return [
    {
      what: "from import to a usable client, nothing cached",
      against: "the official client",
      roamkit: samples.map(({ roamkit }) => roamkit),
      other: samples.map(({ official }) => official),
      goal: { faster: 1 },
    },
  ];
}

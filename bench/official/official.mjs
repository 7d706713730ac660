// RoamKit and the service's official web client, side by side against one server: pages of history, a whole
// conversation, and the way from nothing to a client.

import { calm, disturbed } from "../calm.mjs";
import { openService } from "../session/service.mjs";
import { sizes } from "./sizes.mjs";

/** Messages of the conversation. */
const COUNT = 10_000;
/** Pages that are walked one by one in a round. */
const PAGES = 40;
/** So many rounds are made at most for one that counts. */
const TRIES = 3;

export async function official(bench) {
  const service = await openService(bench.built);
  try {
    await service.createUsers("alice", "bob");
    await service.write("alice", ["bob"], COUNT);
    const token = await service.userToken("alice");
    const devices = makeDevices(bench, service);
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

/** Pages with a new device of the user each. */
function makeDevices(bench, service) {
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
        call: (name, ...given) =>
          page.evaluate(
            ([name, given]) => import("/official-side/pages.js").then((loaded) => loaded[name](...given)),
            [name, given],
          ),
        close: () => page.close(),
      };
    },
  };
}

/** Rounds after one to warm up, again when the machine had other work. */
async function rounds(bench, run) {
  const samples = [];
  for (let round = 0; samples.length < bench.settings.rounds; round += 1) {
    await calm();
    const sample = await run(round);
    const spoilt = disturbed() && round <= (TRIES - 1) * bench.settings.rounds;
    if (round > 0 && !spoilt) samples.push(sample);
  }
  return samples;
}

async function pages(bench, devices, token) {
  const samples = await rounds(bench, async (round) => {
    const device = await devices.open();
    await device.call("login", "ours", device.options, token);
    await device.call("login", "official", device.options, token);
    const sample = await device.call("beside", device.options, token, "bob", PAGES, round);
    await device.close();
    return sample;
  });
  const beyond = (name) => samples.map((sample) => Math.max(0, sample[name] - sample.bare));
  return [
    {
      what: "a page of 50 from the server, beyond the bare fetch; RoamKit saves it",
      against: "official client, which saves nothing",
      ours: beyond("ours"),
      theirs: beyond("theirs"),
      reach: { faster: 5 },
    },
  ];
}

async function conversation(bench, devices, token) {
  const samples = await rounds(bench, async (round) => {
    const sample = {};
    for (const side of round % 2 ? ["ours", "official"] : ["official", "ours"]) {
      const device = await devices.open();
      await device.call("login", side, device.options, token);
      sample[side] = await device.call("all", side, "bob", COUNT);
      await device.close();
    }
    return sample;
  });
  const of = (side, name) => samples.map((sample) => sample[side][name]);
  return [
    {
      what: "all 10,000 messages of a conversation, in pages of 50; RoamKit saves them",
      against: "official client, which saves nothing",
      ours: of("ours", "took"),
      theirs: of("official", "took"),
      reach: { faster: 2 },
    },
    { what: "long tasks (over 50 ms) of a round meanwhile", tasks: { ours: of("ours", "longTasks"), theirs: of("official", "longTasks") } },
    { what: "the longest of them, ms", tasks: { ours: of("ours", "longest"), theirs: of("official", "longest") } },
  ];
}

async function start(bench, devices) {
  const samples = await rounds(bench, async (round) => {
    const sample = {};
    for (const side of round % 2 ? ["ours", "official"] : ["official", "ours"]) {
      const device = await devices.open({ cold: true });
      sample[side] = await device.call("ready", side, device.options);
      await device.close();
    }
    return sample;
  });
  return [
    {
      what: "from import to a client that may be called, nothing cached",
      against: "official client",
      ours: samples.map(({ ours }) => ours),
      theirs: samples.map(({ official }) => official),
      reach: { faster: 1 },
    },
  ];
}

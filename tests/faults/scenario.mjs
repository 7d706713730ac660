// One user with some devices and tabs on a bad network, for some random steps; then the network is good again, all gets
// quiet, and everything must be as if it had been good all along.

import { Random } from "../model/random.mjs";
import { keyOf } from "../model/truth.mjs";
import { Acts } from "./acts.mjs";
import { App } from "./app.mjs";
import { Booked } from "./booked.mjs";
import { Faults } from "./proxy.mjs";

const REQUEST_MS = 5_000;
/** How long it may take until a session is back, and until everybody was told of everything. */
const QUIET_MS = 10_000;
/** How long a comparison in the background may take: what may still be acted on is compared again after five seconds. */
const COMPARED_MS = 15_000;
/** Numbers of tabs on each device. */
const SHAPES = [[4, [1, 1]], [2, [2]], [3, [2, 1]], [1, [1]], [0.5, [2, 2]]];
let scenarios = 0;

/**
 * @param {import("../model/world.mjs").Ground} ground what all scenarios share
 * @param {import("./pool.mjs").Pool} pool where their pages come from
 * @param {(name: string) => void} count hears of each fault
 * @param {(line: string) => void} log hears of everything
 */
export async function scenario(ground, pool, seed, count, log) {
  const random = new Random(seed);
  const world = await Booked.open({ ground, user: `u${seed}-${(scenarios += 1)}`, random, log });
  world.requestTimeoutMs = REQUEST_MS;
  const places = [];
  const counted = (name) => {
    count(name);
    log(`  fault: ${name}`);
  };
  try {
    await world.before(random.int(3, 15));
    const apps = [];
    for (const [at, tabs] of random.weighted(SHAPES).entries()) {
      const rates = { request: random.pick([0, 0.15, 0.3, 0.5]), frame: random.pick([0, 0.1, 0.3]), cut: random.pick([0, 0.01, 0.03, 0.06]) };
      const short = random.chance(0.15) ? { seconds: random.int(1, 2), renews: random.pick(["tokenWillExpire", "tokenExpired"]) } : null;
      const faults = new Faults(random, rates, counted, world.asking);
      const place = await pool.take();
      places.push(place);
      const app = new App(world, await world.device("ab"[at], place.context, faults), faults, short);
      log(`${app.device.name}: ${tabs} tabs ${JSON.stringify({ rates, short })}`);
      faults.on = random.chance(0.5);
      await app.start(tabs, place.pages);
      apps.push(app);
    }
    for (const { faults } of apps) faults.on = true;
    const acts = new Acts(world, apps, random);
    for (let steps = random.int(5, 15); steps > 0; steps -= 1) log(await acts.next());
    await quiet(world, apps);
    for (const place of places.splice(0)) await pool.give(place);
  } finally {
    for (const place of places) await pool.drop(place);
    await world.close();
  }
}

async function quiet(world, apps) {
  const { random } = world;
  const how = () => ({ pageSize: random.pick([3, 7, 50]), searchDirection: random.pick(["up", "down"]) });
  for (const app of apps) await app.settled();
  world.truth.changedAll();
  if (random.chance(0.3)) await world.check(how);
  for (const app of apps) await app.outlived();
  for (const { faults } of apps) faults.on = false;
  for (const app of apps) {
    await app.settled();
    await connected(app.device);
  }
  world.log("quiet");
  await listed(world, apps);
  world.truth.changedAll();
  await world.quiet(how);
  for (const { device } of apps) await world.told(device, QUIET_MS);
  for (const { device } of apps) await world.walkWhole(random.pick(device.tabs), how);
  for (const { device } of apps) world.violated(device);
}

/**
 * Each tab lists what the server does, without asking for it: what a lost answer put in doubt is compared by then. Those
 * in which nothing is left may be missing, and those that a message brought back which went before it came.
 */
async function listed(world, apps) {
  const start = Date.now();
  const may = (await world.service.list(true)).map(keyOf);
  const deleted = (key) => Math.max(0, ...world.deletions.filter((deletion) => deletion.key === key).map(({ to }) => to));
  const isNew = (one) => world.truth.messages.get(one.lastId).timestamp > deleted(keyOf(one));
  const must = (await world.service.list(false)).filter(isNew).map(keyOf);
  for (const tab of apps.flatMap(({ device }) => device.tabs)) {
    for (;;) {
      const got = (await tab.read([])).conversations.map(keyOf);
      if (got.every((key) => may.includes(key)) && must.every((key) => got.includes(key))) break;
      if (Date.now() - start > COMPARED_MS) throw new Error(`${tab} lists ${got}; the server ${must}, with empty ones ${may}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** The platform says that its network is back; then each tab has its session, too. */
async function connected(device) {
  const start = Date.now();
  for (const tab of device.tabs) await tab.page.evaluate(() => window.dispatchEvent(new Event("online")));
  for (const tab of device.tabs) {
    while (!(await tab.isConnected())) {
      if (Date.now() - start > QUIET_MS) throw new Error(`${tab}: no session ${QUIET_MS} ms after the network is back`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

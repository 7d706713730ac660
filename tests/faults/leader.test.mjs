// Three tabs of one device share a session, and the one that has it is killed, again and again, while things are removed
// and written elsewhere: the next takes over at once, and the others are told of everything exactly once.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { within } from "../model/device.mjs";
import { Random, seeds } from "../model/random.mjs";
import { Ground } from "../model/world.mjs";
import { Booked } from "./booked.mjs";

const [SEED] = seeds("ROAMKIT_LEADER_SEED", 1);
const KILLS = Number(process.env.ROAMKIT_LEADER_KILLS ?? 8);
const TABS = 3;
/** From the death of a leader to the session of the next. */
const HANDOVER_MS = 2_000;
const TOLD_MS = 10_000;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe("three tabs whose leader is killed", { timeout: 60_000 + KILLS * 30_000 }, () => {
  const name = `ROAMKIT_LEADER_SEED=${SEED} ROAMKIT_LEADER_KILLS=${KILLS}`;
  it(`are told of everything once: ${name}`, async (test) => {
    const log = [];
    const random = new Random(SEED);
    const ground = await Ground.lay();
    await Booked.prepare(ground);
    const world = await Booked.open({ ground, user: "alice", random, log: (line) => log.push(line) });
    try {
      await world.before(40);
      world.doomed = new Set();
      const device = await world.device("a");
      device.onReport = (name, value, tab) => {
        world.log(`${tab} ${name} ${JSON.stringify(value)}`);
        world.ledger.told(tab, name, value);
        if (name === "disconnected") device.violations.push(`${tab}: ${name} ${JSON.stringify(value)}`);
      };
      while (device.tabs.length < TABS) await open(world, device);
      const times = [];
      for (let kill = 1; kill <= KILLS; kill += 1) {
        log.splice(0, log.length, `kill ${kill}`);
        times.push(await succession(world, device));
        await open(world, device);
      }
      const how = () => ({ pageSize: 50, searchDirection: "up" });
      await world.quiet(how);
      await world.walkWhole(random.pick(device.tabs), how);
      test.diagnostic(`the next session was up after ${times.join(", ")} ms`);
    } catch (error) {
      error.message = `${name}: ${error.message}\n${log.join("\n")}`;
      throw error;
    } finally {
      await world.close();
      for (const end of ground.ends()) await end();
    }
  });
});

/** One more tab, which knows of its sockets. */
async function open(world, device) {
  const tab = await device.openTab();
  tab.sockets = [];
  tab.page.on("websocket", (socket) => {
    socket.once("framereceived", () => (tab.up = Date.now()));
    tab.sockets.push(socket);
  });
  await tab.login();
  world.ledger.listens(tab);
}

/** The tab with the session; waits until there is one. */
async function leader(device) {
  const leads = ({ sockets }) => sockets.some((socket) => !socket.isClosed());
  for (const start = Date.now(); !device.tabs.some(leads); await pause(5)) {
    assert.ok(Date.now() - start < TOLD_MS, "no tab has a session");
  }
  const leaders = device.tabs.filter(leads);
  assert.equal(leaders.length, 1, `${leaders.join(" and ")} have a session each`);
  return leaders[0];
}

/** Kills the leader amid removals; resolves with how long it took until the next one had a session, in ms. */
async function succession(world, device) {
  const { random } = world;
  const victim = await leader(device);
  const kill = await random.pick([crash, signal])(world, victim);
  const elsewhere = Array.from({ length: 8 }, () => deed(world, random.int(0, 400)));
  await pause(random.int(0, 200));
  world.log(`${victim} is killed`);
  const start = Date.now();
  device.tabs.splice(device.tabs.indexOf(victim), 1);
  world.ledger.sleeps(victim);
  await kill();
  const next = await within(leader(device), "the next leader");
  const connected = () => next.up >= start;
  while (!connected()) {
    assert.ok(Date.now() - start < TOLD_MS, `${next} has no session`);
    await pause(5);
  }
  const took = next.up - start;
  assert.ok(took <= HANDOVER_MS, `${next} had a session only after ${took} ms`);
  await Promise.all(elsewhere);
  // While the next one reads what waited, and after.
  await deed(world, 0);
  await world.told(device, TOLD_MS);
  await world.settle();
  await world.told(device, TOLD_MS);
  world.violated(device);
  return took;
}

/** Something done elsewhere, after that time. */
async function deed(world, delay) {
  const { random, truth } = world;
  const conversation = random.pick(world.conversations);
  const [message] = random.some(truth.visible(conversation).filter(({ id }) => !world.doomed.has(id)), 1);
  const write = !message || random.chance(0.4);
  if (!write) world.doomed.add(message.id);
  await pause(delay);
  if (write) await world.send(conversation, world.writers(conversation)[0], "txt", "written meanwhile");
  else await world.service.remove("elsewhere", conversation, { msgIdList: [message.id] });
  truth.changed(conversation);
}

/** Both ways to die: by the browser's own command, and by the signal that ends its process. */
async function crash(world, { page }) {
  const session = await page.context().newCDPSession(page);
  return async () => {
    const crashed = page.waitForEvent("crash", { timeout: 10_000 });
    session.send("Page.crash").catch(() => {});
    await crashed;
    await within(page.close(), "closing a page that crashed");
  };
}

async function signal(world, { page }) {
  const session = await world.browser.newBrowserCDPSession();
  const times = async () => {
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    return new Map(processInfo.filter(({ type }) => type === "renderer").map(({ id, cpuTime }) => [id, cpuTime]));
  };
  // Which process is the page's? The one that works when it does.
  const before = await times();
  await page.evaluate(() => {
    for (const end = performance.now() + 200; performance.now() < end; );
  });
  const worked = [...(await times())].map(([id, time]) => [id, time - (before.get(id) ?? 0)]);
  const [[id]] = worked.sort(([, a], [, b]) => b - a);
  return async () => {
    const crashed = page.waitForEvent("crash", { timeout: 10_000 });
    process.kill(id, "SIGKILL");
    await crashed;
    await within(page.close(), "closing a page that was killed");
  };
}

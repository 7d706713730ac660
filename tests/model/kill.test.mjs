// A page is killed while it writes, or the whole browser is; what the next one finds keeps the promises.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";

import { localContext, startChromium } from "../support/chromium.mjs";
import { within } from "./device.mjs";
import { Random, seeds } from "./random.mjs";
import { World } from "./world.mjs";

const [SEED] = seeds("ROAMKIT_KILL_SEED", 1);
const TAB_KILLS = Number(process.env.ROAMKIT_KILLS ?? 13);
const BROWSER_KILLS = Math.ceil(TAB_KILLS / 5);

describe("a copy whose page is killed", { timeout: 60_000 + TAB_KILLS * 20_000 }, () => {
  const name = `ROAMKIT_KILL_SEED=${SEED} ROAMKIT_KILLS=${TAB_KILLS}`;
  it(`is sound after a tab crashed: ${name}`, (test) => killing(test, name, TAB_KILLS, tabs));
  it(`is sound after the browser was killed: ${name}`, (test) => killing(test, name, BROWSER_KILLS, browsers));
});

/** Crashes of a tab: by the browser's own command, and by the signal that ends its process. */
async function tabs(world, random) {
  const context = await localContext(world.browser);
  const session = await world.browser.newBrowserCDPSession();
  return {
    context,
    async kill(tab) {
      const crashed = tab.page.waitForEvent("crash", { timeout: 10_000 });
      const how = random.pick(["crash", "SIGKILL"]);
      if (how === "crash") {
        const page = await context.newCDPSession(tab.page);
        page.send("Page.crash").catch(() => {});
      } else {
        const { processInfo } = await session.send("SystemInfo.getProcessInfo");
        // No other page is open in this browser.
        for (const { type, id } of processInfo) if (type === "renderer") process.kill(id, "SIGKILL");
      }
      await crashed;
      await within(tab.page.close(), `closing a page after ${how}`);
      return how;
    },
    end: () => context.close(),
  };
}

/** The browser with all its processes; the profile stays on disk. */
async function browsers(world) {
  const profile = await mkdtemp(join(tmpdir(), "roamkit-"));
  let browser = await startChromium(profile);
  return {
    context: browser.context,
    async kill(tab) {
      await browser.kill();
      browser = await startChromium(profile);
      tab.device.context = browser.context;
      return "browser";
    },
    async end() {
      await browser.kill();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

async function killing(test, name, rounds, by) {
  test.diagnostic(name);
  const random = new Random(SEED);
  const world = await World.open({ browser: by === tabs });
  world.random = random;
  const log = [];
  let victim;
  try {
    victim = await by(world, random);
    for (const conversation of world.conversations) await burst(world, conversation, 40);
    await world.truth.refresh();
    world.truth.fresh.clear();
    const device = await world.device("a", victim.context);
    await (await device.openTab()).login();
    for (let round = 1; round <= rounds; round += 1) {
      const storms = random.chance(0.7);
      log.push(`${round}: ${storms ? "a storm" : "catching up"}`);
      await (storms ? killInStorm : killCatchingUp)(world, device, victim, log);
      await revived(world, device);
    }
    test.diagnostic(`${rounds} kills; messages known at the end: ${world.truth.messages.size}`);
  } catch (error) {
    error.message = `seed ${SEED}: ${error.message}\n${log.join("\n")}`;
    throw error;
  } finally {
    await world.close(victim);
  }
}

async function burst(world, conversation, count) {
  const from = world.writers(conversation)[0];
  for (let at = 0; at < count; at += 1) await world.send(conversation, from, "txt", `text ${at} of ${count}`);
}

/** What others do meanwhile: messages, removals from another device, recalls. */
async function others(world, going) {
  const { random, truth } = world;
  const used = new Set();
  while (going()) {
    const conversation = random.pick(world.conversations);
    const known = truth.visible(conversation).filter(({ id }) => !used.has(id));
    const some = random.some(known, random.int(1, 3)).map(({ id }) => id);
    some.forEach((id) => used.add(id));
    await random.weighted([
      [6, () => burst(world, conversation, random.int(1, 5))],
      [3, async () => some.length > 0 && world.service.remove("elsewhere", conversation, { msgIdList: some })],
      [1, async () => some.length > 0 && world.admin.call("POST", "/messages/msg_recall", { msg_id: some[0], force: true })],
      [0.5, () => world.deleting("elsewhere", [conversation], false, () => world.service.deleteConversation("elsewhere", conversation, false))],
    ])();
    truth.changed(conversation);
  }
}

/** Killed while it fetches and removes. */
async function killInStorm(world, device, victim, log) {
  const { random } = world;
  const [tab] = device.tabs;
  const asked = new Map();
  device.onReport = (name, value) => {
    if (name === "asked") asked.set(value.number, value);
    if (name !== "done") return;
    const { conversation, what } = asked.get(value);
    asked.delete(value);
    device.apply(conversation, what);
    world.truth.changed(conversation);
  };
  const delay = random.int(20, 900);
  const options = { seed: random.int(1, 2 ** 31), conversations: world.conversations, lanes: random.int(1, 4) };
  let going = true;
  const meanwhile = others(world, () => going);
  let how;
  try {
    await within(tab.page.evaluate((options) => window.roam.storm(options), options), "the storm's beginning");
    await new Promise((resolve) => setTimeout(resolve, delay));
    how = await within(victim.kill(tab), "the kill");
  } finally {
    going = false;
    await meanwhile;
    device.onReport = undefined;
  }
  log.push(`  ${how} after ${delay} ms; not seen done: ${JSON.stringify([...asked.values()])}`);
}

/** Killed while it reads its queues after it was away. */
async function killCatchingUp(world, device, victim, log) {
  const { random } = world;
  const [tab] = device.tabs;
  await tab.call("logout");
  let left = random.int(5, 40);
  await others(world, () => (left -= 1) > 0);
  for (const conversation of world.conversations) await burst(world, conversation, random.int(0, 40));
  const delay = random.int(0, 120);
  // Nobody hears of its end.
  tab.login().catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, delay));
  const how = await within(victim.kill(tab), "the kill");
  log.push(`  ${how} after ${delay} ms`);
}

/** The next page reads the copy as it was left, catches up, and then has what the server has. */
async function revived(world, device) {
  const { random, truth } = world;
  const how = () => ({ pageSize: random.pick([7, 20, 50]), searchDirection: random.pick(["up", "down"]) });
  device.disturbed = true;
  device.tabs.splice(0, 1);
  const tab = await device.openTab();
  truth.changedAll();
  await world.check(how);
  await tab.login();
  await world.quiet(how);
  if (random.chance(0.2)) await world.walkWhole(tab, how);
}

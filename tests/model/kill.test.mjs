// Kills a page or the whole browser during writes. The local copy that the next page opens must keep the promises.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { localContext, startChromium } from "../support/chromium.mjs";
import { crashPage, killRenderers } from "../support/kill.mjs";
import { Random, seeds } from "../support/random.mjs";
import { withTimeout } from "../support/wait.mjs";
import { Fixture } from "./fixture.mjs";

const [SEED] = seeds("ROAMKIT_KILL_SEED", 1);
const TAB_KILLS = Number(process.env.ROAMKIT_KILLS ?? 13);
const BROWSER_KILLS = Math.ceil(TAB_KILLS / 5);

describe("a local copy whose page is killed", { timeout: 60_000 + TAB_KILLS * 20_000 }, () => {
  const name = `ROAMKIT_KILL_SEED=${SEED} ROAMKIT_KILLS=${TAB_KILLS}`;
  it(`is sound after a tab crashed: ${name}`, (test) => run(test, name, TAB_KILLS, tabKiller));
  it(`is sound after the browser was killed: ${name}`, (test) => run(test, name, BROWSER_KILLS, browserKiller));
});

/** Kills a tab: by the browser's own crash command, or by SIGKILL to its process. */
async function tabKiller(fixture, random) {
  const context = await localContext(fixture.browser);
  return {
    context,
    async kill(tab) {
      const method = random.pick(["crash", "SIGKILL"]);
      // No other page is open in this browser, so every renderer may be killed.
      await (method === "crash" ? crashPage(tab.page) : killRenderers(fixture.browser, tab.page));
      return method;
    },
    end: () => context.close(),
  };
}

/** Kills all processes of the browser. Its profile stays on disk. */
async function browserKiller() {
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

async function run(test, name, rounds, createKiller) {
  test.diagnostic(name);
  const random = new Random(SEED);
  const fixture = await Fixture.open({ browser: createKiller === tabKiller });
  fixture.random = random;
  const log = [];
  let killer;
  try {
    killer = await createKiller(fixture, random);
    for (const conversation of fixture.conversations) await sendBurst(fixture, conversation, 40);
    await fixture.ignoreUnsettled();
    const device = await fixture.device("a", killer.context);
    await (await device.openTab()).login();
    for (let round = 1; round <= rounds; round += 1) {
      const underStress = random.chance(0.7);
      log.push(`${round}: ${underStress ? "under stress" : "catching up"}`);
      await (underStress ? killUnderStress : killCatchingUp)(fixture, device, killer, log);
      await reopenAndCheck(fixture, device);
    }
    test.diagnostic(`${rounds} kills; messages known at the end: ${fixture.serverState.messages.size}`);
  } catch (error) {
    error.message = `seed ${SEED}: ${error.message}\n${log.join("\n")}`;
    throw error;
  } finally {
    await fixture.close(killer);
  }
}

async function sendBurst(fixture, conversation, count) {
  const from = fixture.senders(conversation)[0];
  for (let i = 0; i < count; i += 1) await fixture.send(conversation, from, "txt", `text ${i} of ${count}`);
}

/** Messages, recalls, and removals by another device, as long as `goesOn` returns true. */
async function actElsewhere(fixture, goesOn) {
  const { random, serverState, userRest } = fixture;
  const used = new Set();
  while (goesOn()) {
    const conversation = random.pick(fixture.conversations);
    const known = serverState.visible(conversation).filter(({ id }) => !used.has(id));
    const ids = random.sample(known, random.int(1, 3)).map(({ id }) => id);
    ids.forEach((id) => used.add(id));
    const recall = () => fixture.appRest.call("POST", "/messages/msg_recall", { msg_id: ids[0], force: true });
    const deleteConversation = () => userRest.deleteConversation("elsewhere", conversation, false);
    await random.weighted([
      [6, () => sendBurst(fixture, conversation, random.int(1, 5))],
      [3, async () => ids.length > 0 && userRest.remove("elsewhere", conversation, { msgIdList: ids })],
      [1, async () => ids.length > 0 && recall()],
      [0.5, () => fixture.recordDeletion("elsewhere", [conversation], false, deleteConversation)],
    ])();
    serverState.invalidate(conversation);
  }
}

/** Kills the page while it fetches and removes. */
async function killUnderStress(fixture, device, killer, log) {
  const { random } = fixture;
  const [tab] = device.tabs;
  const unfinished = new Map();
  device.onReport = (name, value) => {
    if (name === "removalStarted") unfinished.set(value.number, value);
    if (name !== "removalDone") return;
    const { conversation, removal } = unfinished.get(value);
    unfinished.delete(value);
    device.recordRemoval(conversation, removal);
    fixture.serverState.invalidate(conversation);
  };
  const delay = random.int(20, 900);
  const options = { seed: random.int(1, 2 ** 31), conversations: fixture.conversations, workers: random.int(1, 4) };
  let goesOn = true;
  const elsewhere = actElsewhere(fixture, () => goesOn);
  let method;
  try {
    await withTimeout(tab.page.evaluate((options) => window.roam.stress(options), options), "starting the stress");
    await sleep(delay);
    method = await withTimeout(killer.kill(tab), "the kill");
  } finally {
    goesOn = false;
    await elsewhere;
    device.onReport = undefined;
  }
  log.push(`  ${method} after ${delay} ms; unfinished removals: ${JSON.stringify([...unfinished.values()])}`);
}

/** Kills the page while it reads the queues that filled during its absence. */
async function killCatchingUp(fixture, device, killer, log) {
  const { random } = fixture;
  const [tab] = device.tabs;
  await tab.call("logout");
  let left = random.int(5, 40);
  await actElsewhere(fixture, () => (left -= 1) > 0);
  for (const conversation of fixture.conversations) await sendBurst(fixture, conversation, random.int(0, 40));
  const delay = random.int(0, 120);
  // The kill ends the login, whose outcome does not matter.
  tab.login().catch(() => {});
  await sleep(delay);
  const method = await withTimeout(killer.kill(tab), "the kill");
  log.push(`  ${method} after ${delay} ms`);
}

/** Opens a new page on the local copy and checks it: without the network, after catching up, and sometimes completely. */
async function reopenAndCheck(fixture, device) {
  const { random, serverState } = fixture;
  const chooseWalk = () => ({ pageSize: random.pick([7, 20, 50]), searchDirection: random.pick(["up", "down"]) });
  device.mayHaveLostEvents = true;
  device.tabs.splice(0, 1);
  const tab = await device.openTab();
  serverState.invalidateAll();
  await fixture.check(chooseWalk);
  await tab.login();
  await fixture.settleAndCheck(chooseWalk);
  if (random.chance(0.2)) await fixture.fetchAndCheckAll(tab, chooseWalk);
}

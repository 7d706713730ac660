// Three tabs of one device share a session. The tab that holds the session (the leader) is killed again and again while
// messages arrive and are removed elsewhere. Another tab must take over at once, and no event may be lost or repeated.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { SharedResources } from "../model/fixture.mjs";
import { crashPage, killRenderer, rendererProcesses } from "../support/kill.mjs";
import { Random, seeds } from "../support/random.mjs";
import { withTimeout } from "../support/wait.mjs";
import { LedgerFixture } from "./ledger-fixture.mjs";

const [SEED] = seeds("ROAMKIT_LEADER_SEED", 1);
const KILLS = Number(process.env.ROAMKIT_LEADER_KILLS ?? 8);
const TABS = 3;
/** The time limit from the death of a leader to the session of the next. */
const HANDOVER_MS = 2_000;
const EVENTS_MS = 10_000;

describe("three tabs whose leader is killed", { timeout: 60_000 + KILLS * 30_000 }, () => {
  const name = `ROAMKIT_LEADER_SEED=${SEED} ROAMKIT_LEADER_KILLS=${KILLS}`;
  it(`receive each event once: ${name}`, async (test) => {
    const log = [];
    const random = new Random(SEED);
    const shared = await SharedResources.start();
    await LedgerFixture.prepare(shared);
    const fixture = await LedgerFixture.open({ shared, user: "alice", random, log: (line) => log.push(line) });
    try {
      await fixture.sendBeforeDevices(fixture.conversations.map(() => 40));
      /** Ids that an action elsewhere has chosen for removal. */
      fixture.chosenIds = new Set();
      const device = await fixture.device("a");
      device.onReport = (name, value, tab) => {
        fixture.log(`${tab} ${name} ${JSON.stringify(value)}`);
        fixture.ledger.recordEvent(tab, name, value);
        if (name === "disconnected") device.violations.push(`${tab}: ${name} ${JSON.stringify(value)}`);
      };
      while (device.tabs.length < TABS) await openTab(fixture, device);
      const times = [];
      for (let kill = 1; kill <= KILLS; kill += 1) {
        log.splice(0, log.length, `kill ${kill}`);
        times.push(await killLeader(fixture, device));
        await openTab(fixture, device);
      }
      const chooseWalk = () => ({ pageSize: 50, searchDirection: "up" });
      await fixture.settleAndCheck(chooseWalk);
      await fixture.fetchAndCheckAll(random.pick(device.tabs), chooseWalk);
      test.diagnostic(`the next session was up after ${times.join(", ")} ms`);
    } catch (error) {
      error.message = `${name}: ${error.message}\n${log.join("\n")}`;
      throw error;
    } finally {
      await fixture.close();
      for (const cleanup of shared.cleanups()) await cleanup();
    }
  });
});

/** Opens a tab and records its sockets. */
async function openTab(fixture, device) {
  const tab = await device.openTab();
  tab.sockets = [];
  tab.page.on("websocket", (socket) => {
    socket.once("framereceived", () => (tab.sessionUpAt = Date.now()));
    tab.sockets.push(socket);
  });
  await tab.login();
  fixture.ledger.startListening(tab);
}

/** Waits until exactly one tab holds the session. Resolves with that tab. */
async function leaderOf(device) {
  const leads = ({ sockets }) => sockets.some((socket) => !socket.isClosed());
  for (const start = Date.now(); !device.tabs.some(leads); await sleep(5)) {
    assert.ok(Date.now() - start < EVENTS_MS, "no tab has a session");
  }
  const leaders = device.tabs.filter(leads);
  assert.equal(leaders.length, 1, `${leaders.join(" and ")} have a session each`);
  return leaders[0];
}

/** Kills the leader during actions elsewhere. Resolves with the time in ms until the next leader had a session. */
async function killLeader(fixture, device) {
  const { random } = fixture;
  const victim = await leaderOf(device);
  const kill = await random.pick([prepareCrash, prepareSignal])(fixture, victim);
  const elsewhere = Array.from({ length: 8 }, () => actElsewhere(fixture, random.int(0, 400)));
  await sleep(random.int(0, 200));
  fixture.log(`${victim} is killed`);
  const start = Date.now();
  device.tabs.splice(device.tabs.indexOf(victim), 1);
  fixture.ledger.stopListening(victim);
  await kill();
  const next = await withTimeout(leaderOf(device), "the next leader");
  while (!(next.sessionUpAt >= start)) {
    assert.ok(Date.now() - start < EVENTS_MS, `${next} has no session`);
    await sleep(5);
  }
  const took = next.sessionUpAt - start;
  assert.ok(took <= HANDOVER_MS, `${next} had a session only after ${took} ms`);
  await Promise.all(elsewhere);
  // One more action while the next leader reads the queues, and a check after everything has settled.
  await actElsewhere(fixture, 0);
  await fixture.checkEvents(device, EVENTS_MS);
  await fixture.settle();
  await fixture.checkEvents(device, EVENTS_MS);
  fixture.checkViolations(device);
  return took;
}

/** Sends a message, or removes one on another device, after a delay. */
async function actElsewhere(fixture, delay) {
  const { random, serverState, chosenIds } = fixture;
  const conversation = random.pick(fixture.conversations);
  const [message] = random.sample(serverState.visible(conversation).filter(({ id }) => !chosenIds.has(id)), 1);
  const sends = !message || random.chance(0.4);
  if (!sends) chosenIds.add(message.id);
  await sleep(delay);
  if (sends) await fixture.send(conversation, fixture.senders(conversation)[0], "txt", "sent meanwhile");
  else await fixture.userRest.remove("elsewhere", conversation, { msgIdList: [message.id] });
  serverState.invalidate(conversation);
}

// Both ways to kill a tab: each function prepares what takes time and returns the kill.

async function prepareCrash(fixture, { page }) {
  return () => crashPage(page);
}

async function prepareSignal({ browser }, { page }) {
  const cpuTimes = async () => new Map((await rendererProcesses(browser)).map(({ id, cpuTime }) => [id, cpuTime]));
  // The page's process is the one whose CPU time grows while the page runs a loop.
  const before = await cpuTimes();
  await page.evaluate(() => {
    for (const end = performance.now() + 200; performance.now() < end; );
  });
  const growth = [...(await cpuTimes())].map(([id, time]) => [id, time - (before.get(id) ?? 0)]);
  const [[id]] = growth.sort(([, a], [, b]) => b - a);
  return () => killRenderer(page, id);
}

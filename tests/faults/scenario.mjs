// One random scenario: a user's devices act on a bad network. Then the faults stop, everything settles, and the result
// must be the same as with a good network.

import { setTimeout as sleep } from "node:timers/promises";

import { conversationKey } from "../support/conversations.mjs";
import { Random } from "../support/random.mjs";
import { Application } from "./application.mjs";
import { FaultInjector } from "./fault-injector.mjs";
import { LedgerFixture } from "./ledger-fixture.mjs";
import { Steps } from "./steps.mjs";

const REQUEST_TIMEOUT_MS = 5_000;
/** The time limit for reconnecting, and for receiving all events, once the network is good. */
const RECOVERY_MS = 10_000;
/** The time limit for a reconciliation. After a lost answer the copy is compared again five seconds later. */
const RECONCILIATION_MS = 15_000;
/** Weighted numbers of tabs on each device. */
const SHAPES = [[4, [1, 1]], [2, [2]], [3, [2, 1]], [1, [1]], [0.5, [2, 2]]];
let scenarios = 0;

/**
 * @param {import("../model/fixture.mjs").SharedResources} shared
 * @param {import("./page-pool.mjs").PagePool} pool
 * @param {number} seed
 * @param {(name: string) => void} count called with the name of each fault
 * @param {(line: string) => void} log
 */
export async function runScenario(shared, pool, seed, count, log) {
  const random = new Random(seed);
  const fixture = await LedgerFixture.open({ shared, user: `u${seed}-${(scenarios += 1)}`, random, log });
  fixture.requestTimeoutMs = REQUEST_TIMEOUT_MS;
  const contexts = [];
  const countAndLog = (name) => {
    count(name);
    log(`  fault: ${name}`);
  };
  try {
    const oldMessages = random.int(3, 15);
    await fixture.sendBeforeDevices(fixture.conversations.map(() => oldMessages));
    const applications = [];
    for (const [i, tabs] of random.weighted(SHAPES).entries()) {
      const rates = { request: random.pick([0, 0.15, 0.3, 0.5]), frame: random.pick([0, 0.1, 0.3]), cut: random.pick([0, 0.01, 0.03, 0.06]) };
      const shortToken = random.chance(0.15) ? { seconds: random.int(1, 2), renews: random.pick(["tokenWillExpire", "tokenExpired"]) } : null;
      const faults = new FaultInjector(random, rates, countAndLog, fixture.onRequest);
      const entry = await pool.take();
      contexts.push(entry);
      const device = await fixture.device("ab"[i], entry.context, faults);
      const application = new Application(fixture, device, faults, shortToken);
      log(`${device.name}: ${tabs} tabs ${JSON.stringify({ rates, shortToken })}`);
      faults.enabled = random.chance(0.5);
      await application.start(tabs, entry.pages);
      applications.push(application);
    }
    for (const { faults } of applications) faults.enabled = true;
    const steps = new Steps(fixture, applications, random);
    for (let left = random.int(5, 15); left > 0; left -= 1) log(await steps.next());
    await settleAndCheck(fixture, applications);
    for (const entry of contexts.splice(0)) await pool.giveBack(entry);
  } finally {
    for (const entry of contexts) await pool.discard(entry);
    await fixture.close();
  }
}

async function settleAndCheck(fixture, applications) {
  const { random } = fixture;
  const chooseWalk = () => ({ pageSize: random.pick([3, 7, 50]), searchDirection: random.pick(["up", "down"]) });
  for (const application of applications) await application.settled();
  fixture.serverState.invalidateAll();
  if (random.chance(0.3)) await fixture.check(chooseWalk);
  for (const application of applications) await application.checkTokenEvents();
  for (const { faults } of applications) faults.enabled = false;
  for (const application of applications) {
    await application.settled();
    await reconnect(application.device);
  }
  fixture.log("settle");
  await checkListsAfterReconciliation(fixture, applications);
  fixture.serverState.invalidateAll();
  await fixture.settleAndCheck(chooseWalk);
  for (const { device } of applications) await fixture.checkEvents(device, RECOVERY_MS);
  for (const { device } of applications) await fixture.fetchAndCheckAll(random.pick(device.tabs), chooseWalk);
  for (const { device } of applications) fixture.checkViolations(device);
}

/**
 * Waits until each tab lists the server's conversations. The tabs do not fetch the list: a reconciliation must correct
 * what a lost answer left uncertain. Two kinds of conversations may be missing: empty ones, and those that reappeared by
 * a message sent before the deletion.
 */
async function checkListsAfterReconciliation(fixture, applications) {
  const start = Date.now();
  const allowed = (await fixture.userRest.conversations(true)).map(conversationKey);
  const deletedAt = (key) => Math.max(0, ...fixture.deletions.filter((deletion) => deletion.key === key).map(({ to }) => to));
  const isNew = (conversation) =>
    fixture.serverState.messages.get(conversation.lastId).timestamp > deletedAt(conversationKey(conversation));
  const required = (await fixture.userRest.conversations(false)).filter(isNew).map(conversationKey);
  for (const tab of applications.flatMap(({ device }) => device.tabs)) {
    for (;;) {
      const listed = (await tab.read([])).conversations.map(conversationKey);
      if (listed.every((key) => allowed.includes(key)) && required.every((key) => listed.includes(key))) break;
      if (Date.now() - start > RECONCILIATION_MS) {
        throw new Error(`${tab} lists ${listed}; the server ${required}, with empty ones ${allowed}`);
      }
      await sleep(50);
    }
  }
}

/** Dispatches `online` events and waits until every tab is connected. */
async function reconnect(device) {
  const start = Date.now();
  for (const tab of device.tabs) await tab.page.evaluate(() => window.dispatchEvent(new Event("online")));
  for (const tab of device.tabs) {
    while (!(await tab.isConnected())) {
      if (Date.now() - start > RECOVERY_MS) throw new Error(`${tab}: no session ${RECOVERY_MS} ms after the faults stopped`);
      await sleep(20);
    }
  }
}

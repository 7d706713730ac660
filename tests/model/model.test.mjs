// Random operations on the real IndexedDB and the real server. After each step every local copy is compared with the
// server's state. `src/store/timeline/model_test.rs` does the same natively, without a browser.
//
// The first device has up to two tabs, which share one session.

import { describe, it } from "node:test";

import { Random, seeds } from "../support/random.mjs";
import { Fixture } from "./fixture.mjs";
import { Steps } from "./steps.mjs";

const STEPS = Number(process.env.ROAMKIT_MODEL_STEPS ?? 105);
/** Seeds that failed once. */
const FAILED = [3221216958];
const SEEDS = seeds("ROAMKIT_MODEL_SEED", Number(process.env.ROAMKIT_MODEL_SEEDS ?? 3), FAILED);
/** The number of steps after which the devices settle. */
const SETTLE_EVERY = 25;

describe("the local copy against a model of the server", { timeout: 60_000 + SEEDS.length * STEPS * 2_000 }, () => {
  for (const seed of SEEDS) {
    it(`keeps its promises: ROAMKIT_MODEL_SEED=${seed} ROAMKIT_MODEL_STEPS=${STEPS}`, async (test) => {
      test.diagnostic(`ROAMKIT_MODEL_SEED=${seed} ROAMKIT_MODEL_STEPS=${STEPS}`);
      const log = [];
      const fixture = await Fixture.open();
      try {
        await run(fixture, new Random(seed), log);
      } catch (error) {
        const steps = log.map((step, i) => `${i + 1} ${step}`).slice(-40);
        error.message = `seed ${seed}, after step ${log.length}: ${error.message}\n${steps.join("\n")}`;
        throw error;
      } finally {
        await fixture.close();
      }
    });
  }
});

async function run(fixture, random, log) {
  fixture.random = random;
  fixture.checksUnreadCounts = true;
  const steps = new Steps(fixture);
  await fixture.sendBeforeDevices(fixture.conversations.map(() => random.int(0, 60)));
  fixture.bob = await fixture.officialClient("bob");
  for (const name of ["a", "b"]) {
    const device = await fixture.device(name);
    const tab = await device.openTab();
    await tab.login();
  }
  const second = await fixture.devices[0].openTab();
  await second.login();
  for (let step = 1; step <= STEPS; step += 1) {
    log.push(await steps.next());
    // Reading all conversations after each step would be slow, so most checks read those that the step touched.
    const conversations = random.chance(0.2) ? fixture.conversations : [...steps.touched];
    await fixture.check(steps.chooseWalk, { conversations });
    if (step % SETTLE_EVERY === 0) {
      log.push("settle");
      await steps.delayedCalls.deliverAll(random.chance(0.4));
      await fixture.settleAndCheck(steps.chooseWalk);
      if (random.chance(0.5)) {
        await fixture.fetchAndCheckAll(random.pick(random.pick(fixture.devices).tabs), steps.chooseWalk);
      }
    }
  }
  await steps.delayedCalls.deliverAll(true);
  await fixture.settleAndCheck(steps.chooseWalk);
  for (const device of fixture.devices) await fixture.fetchAndCheckAll(random.pick(device.tabs), steps.chooseWalk);
}

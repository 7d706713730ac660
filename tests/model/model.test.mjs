// Random histories over the real IndexedDB and the real server, held against what the server shows: the promises of
// the local copy. The browser's counterpart of `src/store/timeline/model_test.rs`.
//
// The first device has up to two tabs, which share a session: each hears everything once.

import { describe, it } from "node:test";

import { Random, seeds } from "./random.mjs";
import { Steps } from "./steps.mjs";
import { World } from "./world.mjs";

const STEPS = Number(process.env.ROAMKIT_MODEL_STEPS ?? 105);
/** Seeds that failed once. */
const FAILED = [3221216958];
const SEEDS = seeds("ROAMKIT_MODEL_SEED", Number(process.env.ROAMKIT_MODEL_SEEDS ?? 3), FAILED);
/** So many steps until all gets quiet. */
const QUIET_EVERY = 25;

describe("the local copy against a model of the server", { timeout: 60_000 + SEEDS.length * STEPS * 2_000 }, () => {
  for (const seed of SEEDS) {
    it(`keeps its promises: ROAMKIT_MODEL_SEED=${seed} ROAMKIT_MODEL_STEPS=${STEPS}`, async (test) => {
      test.diagnostic(`ROAMKIT_MODEL_SEED=${seed} ROAMKIT_MODEL_STEPS=${STEPS}`);
      const log = [];
      const world = await World.open();
      try {
        await run(world, new Random(seed), log);
      } catch (error) {
        const steps = log.map((step, at) => `${at + 1} ${step}`).slice(-40);
        error.message = `seed ${seed}, after step ${log.length}: ${error.message}\n${steps.join("\n")}`;
        throw error;
      } finally {
        await world.close();
      }
    });
  }
});

async function run(world, random, log) {
  world.random = random;
  const steps = new Steps(world);
  // Said before any device was there: only pages bring it.
  for (const conversation of world.conversations) {
    for (let at = random.int(0, 60); at > 0; at -= 1) {
      await world.send(conversation, world.writers(conversation)[0], "txt", `before ${at}`);
    }
  }
  await world.truth.refresh();
  world.truth.fresh.clear();
  world.bob = await world.official("bob");
  for (const name of ["a", "b"]) {
    const device = await world.device(name);
    const tab = await device.openTab();
    await tab.login();
  }
  const second = await world.devices[0].openTab();
  await second.login();
  for (let step = 1; step <= STEPS; step += 1) {
    log.push(await steps.next());
    // Everything now and then, else where something happened.
    const conversations = random.chance(0.2) ? world.conversations : [...steps.touched];
    await world.check(steps.how, { conversations });
    if (step % QUIET_EVERY === 0) {
      log.push("quiet");
      await steps.late.landAll(random.chance(0.4));
      await world.quiet(steps.how);
      if (random.chance(0.5)) await world.walkWhole(random.pick(random.pick(world.devices).tabs), steps.how);
    }
  }
  await steps.late.landAll(true);
  await world.quiet(steps.how);
  for (const device of world.devices) await world.walkWhole(random.pick(device.tabs), steps.how);
}

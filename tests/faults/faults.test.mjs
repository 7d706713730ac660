// Random scenarios on a network that cuts, loses, delays, repeats and makes things up: once it is good again, every tab
// was told of everything exactly once, and every copy is what the server has.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { within } from "../model/device.mjs";
import { seeds } from "../model/random.mjs";
import { Ground } from "../model/world.mjs";
import { REQUEST_FAULTS } from "./answers.mjs";
import { Booked } from "./booked.mjs";
import { Pool } from "./pool.mjs";
import { FRAME_FAULTS } from "./proxy.mjs";
import { scenario } from "./scenario.mjs";

/** Seeds that failed once. */
const FAILED = [231112635, 4060460533, 138030660];
const SEEDS = seeds("ROAMKIT_FAULT_SEED", Number(process.env.ROAMKIT_FAULTS ?? 300), FAILED);
/** So many at once: most of the time each waits for its bad network. */
const CONCURRENCY = Number(process.env.ROAMKIT_FAULT_LANES ?? 4);
/** Much longer than any takes. */
const SCENARIO_MS = 90_000;
/** With fewer, one may never happen. */
const ENOUGH = 100;

const counts = new Map();
const count = (name) => counts.set(name, (counts.get(name) ?? 0) + 1);

describe("a bad network", { concurrency: CONCURRENCY, timeout: 120_000 + SEEDS.length * 5_000 }, () => {
  let ground, pool;
  before(async () => {
    ground = await Ground.lay({ args: ["--password-memory", "8"] });
    pool = new Pool(ground.browser);
    await Booked.prepare(ground);
  });
  after(async () => {
    for (const end of ground?.ends() ?? []) await end();
  });

  for (const seed of SEEDS) {
    it(`changes nothing in the end: ROAMKIT_FAULT_SEED=${seed}`, { timeout: 2 * SCENARIO_MS }, async () => {
      const start = Date.now();
      const log = [];
      const note = (line) => log.push(`${Date.now() - start} ${line}`);
      try {
        await within(scenario(ground, pool, seed, count, note), "the scenario", SCENARIO_MS);
      } catch (error) {
        throw new Error(`ROAMKIT_FAULT_SEED=${seed}: ${error.message}\n${log.slice(-200).join("\n")}`, { cause: error });
      }
    });
  }
});

describe("the bad network of these tests", () => {
  it("had every fault there is", { skip: SEEDS.length < ENOUGH && "too few scenarios" }, (test) => {
    const lines = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, count]) => `${count} ${name}`);
    test.diagnostic(lines.join(", "));
    for (const name of [...Object.keys(REQUEST_FAULTS), ...FRAME_FAULTS]) assert.ok(counts.has(name), `never: ${name}`);
  });
});

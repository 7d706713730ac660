// Random scenarios on a network that loses, delays, repeats, cuts and forges traffic. When it is good again, every tab
// must have received each event exactly once, and every local copy must equal the server's state.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { SharedResources } from "../model/fixture.mjs";
import { seeds } from "../support/random.mjs";
import { withTimeout } from "../support/wait.mjs";
import { FRAME_FAULTS } from "./fault-injector.mjs";
import { LedgerFixture } from "./ledger-fixture.mjs";
import { PagePool } from "./page-pool.mjs";
import { REQUEST_FAULTS } from "./request-faults.mjs";
import { runScenario } from "./scenario.mjs";

/** Seeds that failed once. */
const FAILED = [231112635, 4060460533, 138030660];
const SEEDS = seeds("ROAMKIT_FAULT_SEED", Number(process.env.ROAMKIT_FAULTS ?? 300), FAILED);
/** The number of scenarios that run at the same time. Most of the time each waits for its network. */
const CONCURRENCY = Number(process.env.ROAMKIT_FAULT_LANES ?? 4);
/** Much longer than any scenario takes. */
const SCENARIO_MS = 90_000;
/** With fewer scenarios a fault may never occur. */
const ENOUGH = 100;

const counts = new Map();
const count = (name) => counts.set(name, (counts.get(name) ?? 0) + 1);

describe("a bad network", { concurrency: CONCURRENCY, timeout: 120_000 + SEEDS.length * 5_000 }, () => {
  let shared, pool;
  before(async () => {
    shared = await SharedResources.start({ args: ["--password-memory", "8"] });
    pool = new PagePool(shared.browser);
    await LedgerFixture.prepare(shared);
  });
  after(async () => {
    for (const cleanup of shared?.cleanups() ?? []) await cleanup();
  });

  for (const seed of SEEDS) {
    it(`does not change the result: ROAMKIT_FAULT_SEED=${seed}`, { timeout: 2 * SCENARIO_MS }, async () => {
      const start = Date.now();
      const lines = [];
      const log = (line) => lines.push(`${Date.now() - start} ${line}`);
      try {
        await withTimeout(runScenario(shared, pool, seed, count, log), "the scenario", SCENARIO_MS);
      } catch (error) {
        throw new Error(`ROAMKIT_FAULT_SEED=${seed}: ${error.message}\n${lines.slice(-200).join("\n")}`, { cause: error });
      }
    });
  }
});

describe("the scenarios above", () => {
  it("caused every kind of fault", { skip: SEEDS.length < ENOUGH && "too few scenarios" }, (test) => {
    const lines = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, count]) => `${count} ${name}`);
    test.diagnostic(lines.join(", "));
    for (const name of [...Object.keys(REQUEST_FAULTS), ...FRAME_FAULTS]) assert.ok(counts.has(name), `never: ${name}`);
  });
});

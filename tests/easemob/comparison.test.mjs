// Runs the same application with the official web client and with `roamkit/easemob` and compares the outcome of each step
// field by field. Only the differences listed in differences.mjs may occur.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { CONNECTION, LOCAL_CACHE, SERVICE, toRegExp } from "./differences.mjs";
import { openFixture } from "./fixture.mjs";
import { differences } from "./record.mjs";
import { runConnection, runLocalCache } from "./runs.mjs";
import { runService } from "./service-steps.mjs";

const OPTIONS = { timeout: 300_000 };

/** Runs steps in a fixture of their own. Resolves with the record. */
async function recordOf(run, client) {
  const fixture = await openFixture();
  try {
    return await run(fixture, client);
  } finally {
    await fixture.close();
  }
}

/** Fails for each difference that is not listed, and for each listed one that does not occur. */
function compare(official, roamkit, listed) {
  const known = listed.map(([pattern]) => ({ pattern, regExp: toRegExp(pattern), times: 0 }));
  const unknown = [];
  for (const [path, expected, actual] of differences(official, roamkit)) {
    const matching = known.filter(({ regExp }) => regExp.test(path));
    for (const difference of matching) difference.times += 1;
    if (matching.length === 0) {
      unknown.push(`${path}: official ${JSON.stringify(expected)}, roamkit ${JSON.stringify(actual)}`);
    }
  }
  assert.deepEqual(unknown, [], "differences that are not listed");
  const unused = known.filter(({ times }) => times === 0).map(({ pattern }) => pattern);
  assert.deepEqual(unused, [], "listed differences that do not occur");
}

test("a connection differs only as listed", OPTIONS, async () => {
  const official = await recordOf(runConnection, "official");
  assert.ok(Object.keys(official).length > 150, "the run has too few steps");
  compare(official, await recordOf(runConnection, "roamkit"), CONNECTION);
});

test("the local cache differs only as listed", OPTIONS, async () => {
  compare(await recordOf(runLocalCache, "official, small"), await recordOf(runLocalCache, "roamkit"), LOCAL_CACHE);
});

test("the reaction to a service without roaming and to a restarted server differs only as listed", OPTIONS, async () => {
  compare(await runService("official"), await runService("roamkit"), SERVICE);
});

test("a comparison fails for unlisted differences and for listed ones that do not occur", () => {
  const one = { step: { resolved: { list: [1, { a: undefined }] } } };
  compare(one, structuredClone(one), []);
  compare({ step: { a: 1 } }, { step: {} }, [["step / *", ""]]);
  assert.throws(() => compare({ step: { a: 1 } }, { step: {} }, []), /differences that are not listed/);
  assert.throws(() => compare({ step: { a: 1 } }, { step: { a: "1" } }, [["step / b", ""]]), /differences that are not listed/);
  assert.throws(() => compare({ step: [1, 2] }, { step: [1] }, []), /differences that are not listed/);
  assert.throws(() => compare({ step: null }, { step: {} }, []), /differences that are not listed/);
  assert.throws(() => compare(one, one, [["step / *", ""]]), /listed differences that do not occur/);
});

test("docs/easemob.md contains every reason", async () => {
  const text = (await readFile(new URL("../../docs/easemob.md", import.meta.url), "utf8")).replace(/\s+/g, " ");
  const reasons = new Set([...CONNECTION, ...LOCAL_CACHE, ...SERVICE].map(([, reason]) => reason));
  for (const reason of reasons) assert.ok(text.includes(reason), reason);
});

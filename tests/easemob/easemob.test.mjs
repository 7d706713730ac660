// The official web client and `roamkit/easemob`, in the same application, against the same server: what comes of each
// step is compared field by field, and the differences that remain are those that are listed.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { CONNECTION, LOCAL_CACHE, SERVICE, expression } from "./differences.mjs";
import { differences } from "./record.mjs";
import { playService } from "./service.mjs";
import { play, playLocal } from "./story.mjs";
import { openWorld } from "./world.mjs";

const BOUND = { timeout: 300_000 };

/** The record of a run in a world of its own. */
async function run(story, client) {
  const world = await openWorld();
  try {
    return await story(world, client);
  } finally {
    await world.close();
  }
}

/** Fails for each difference that is not listed, and for each listed one that is not there. */
function compare(official, ours, listed) {
  const known = listed.map(([pattern]) => ({ pattern, fits: expression(pattern), seen: 0 }));
  const unknown = [];
  for (const [path, theirs, here] of differences(official, ours)) {
    const fitting = known.filter(({ fits }) => fits.test(path));
    for (const one of fitting) one.seen += 1;
    if (fitting.length === 0) unknown.push(`${path}: official ${JSON.stringify(theirs)}, roamkit ${JSON.stringify(here)}`);
  }
  assert.deepEqual(unknown, [], "differences that are not listed");
  const gone = known.filter(({ seen }) => seen === 0).map(({ pattern }) => pattern);
  assert.deepEqual(gone, [], "listed differences that are none");
}

test("a connection", BOUND, async () => {
  const official = await run(play, "official");
  assert.ok(Object.keys(official).length > 150, "the story was told");
  compare(official, await run(play, "roamkit"), CONNECTION);
});

test("the local cache", BOUND, async () => {
  compare(await run(playLocal, "official, small"), await run(playLocal, "roamkit"), LOCAL_CACHE);
});

test("a service that is off, and one that goes and comes back", BOUND, async () => {
  compare(await playService("official"), await playService("roamkit"), SERVICE);
});

test("a comparison fails for what is not listed, and for what is listed and gone", () => {
  const one = { step: { resolved: { list: [1, { a: undefined }] } } };
  compare(one, structuredClone(one), []);
  compare({ step: { a: 1 } }, { step: {} }, [["step / *", ""]]);
  assert.throws(() => compare({ step: { a: 1 } }, { step: {} }, []), /differences that are not listed/);
  assert.throws(() => compare({ step: { a: 1 } }, { step: { a: "1" } }, [["step / b", ""]]), /differences that are not listed/);
  assert.throws(() => compare({ step: [1, 2] }, { step: [1] }, []), /differences that are not listed/);
  assert.throws(() => compare({ step: null }, { step: {} }, []), /differences that are not listed/);
  assert.throws(() => compare(one, one, [["step / *", ""]]), /listed differences that are none/);
});

test("docs/easemob.md names every difference", async () => {
  const text = (await readFile(new URL("../../docs/easemob.md", import.meta.url), "utf8")).replace(/\s+/g, " ");
  const reasons = new Set([...CONNECTION, ...LOCAL_CACHE, ...SERVICE].map(([, why]) => why));
  for (const why of reasons) assert.ok(text.includes(why), why);
});

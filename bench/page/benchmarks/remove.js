// Removes 50 messages by ids, and half of a conversation by time.

import { MAX_TRIES, alternate, average, timed } from "../support/timing.js";
import { countRequests } from "../support/count-requests.js";
import * as dexie from "../support/dexie.js";
import * as sdk from "../support/roamkit.js";
import { assertSame, load, messages } from "../support/sample.js";

const COUNT = 100_000;
const GROUP = "ubuntu";
const IDS = 50;
const REPETITIONS = 4;

export default async function remove({ rounds }) {
  await load();
  const all = messages(GROUP, 0, COUNT);
  const middle = all[COUNT / 2 - 1].timestamp;

  const createCopy = async () => {
    const copy = await sdk.fresh("remove");
    await sdk.fill(copy, GROUP, all);
    await sdk.list(copy, [all.at(-1)]);
    return copy;
  };
  const createDatabase = async () => {
    const db = await dexie.fresh("remove");
    await dexie.fill(db, all);
    return db;
  };

  // Each round both sides remove the same 50 messages: consecutive ones, or some that are scattered over the conversation.
  const copy = await createCopy();
  const db = await createDatabase();
  const removals = (MAX_TRIES * rounds + 2) * REPETITIONS;
  const pages = Array.from({ length: removals }, (_, i) => all.slice(COUNT - (i + 1) * 60, COUNT - (i + 1) * 60 + IDS));
  const gap = Math.floor((COUNT - removals * 60) / IDS);
  const scattered = Array.from({ length: removals }, (_, i) => Array.from({ length: IDS }, (_, n) => all[n * gap + i]));
  const removeWithRoamKit = (list) => copy.removeIds(GROUP, BigUint64Array.from(list, ({ id }) => BigInt(id)));
  const removeWithDexie = (list) => db.messages.bulkDelete(list.map(dexie.key));
  const measureRemovals = async (lists) => {
    const listOf = (round, n) => lists[round * REPETITIONS + n];
    const samples = await alternate(rounds, {
      roamkit: (round) => average(REPETITIONS, (n) => removeWithRoamKit(listOf(round, n))),
      other: (round) => average(REPETITIONS, (n) => removeWithDexie(listOf(round, n))),
    });
    const last = listOf(MAX_TRIES * rounds + 1, 0);
    const requests = {
      roamkit: await countRequests(() => removeWithRoamKit(last)),
      other: await countRequests(() => removeWithDexie(last)),
    };
    return { ...samples, requests };
  };
  const consecutiveRow = await measureRemovals(pages);
  const scatteredRow = await measureRemovals(scattered);
  assertSame(Array.from(await copy.page(GROUP, undefined, 1000)), await dexie.upTo(db, GROUP).reverse().limit(1000).toArray());
  await copy.wipe();
  await db.delete();

  const half = {
    roamkit: async (_, measure = timed) => {
      const copy = await createCopy();
      const took = await measure(() => copy.removeUntil(GROUP, middle));
      const left = Array.from(await copy.page(GROUP, undefined, COUNT));
      if (left.length !== COUNT / 2) throw new Error(`${left.length} messages are left`);
      await copy.wipe();
      return took;
    },
    other: async (_, measure = timed) => {
      const db = await createDatabase();
      const took = await measure(() => dexie.upTo(db, GROUP, middle).delete());
      const left = await db.messages.count();
      if (left !== COUNT / 2) throw new Error(`${left} messages are left`);
      await db.delete();
      return took;
    },
  };
  const samples = await alternate(rounds, half);
  return [
    {
      what: "remove 50 consecutive messages of 100,000 by id",
      against: "Dexie `bulkDelete`",
      goal: { faster: 1 },
      ...consecutiveRow,
    },
    {
      what: "remove 50 scattered messages of 100,000 by id",
      against: "Dexie `bulkDelete`",
      goal: { faster: 1 },
      ...scatteredRow,
    },
    {
      what: "remove half of 100,000 messages by time",
      against: "Dexie `delete` of a range",
      goal: { faster: 3 },
      ...samples,
      requests: { roamkit: await half.roamkit(0, countRequests), other: await half.other(0, countRequests) },
    },
  ];
}

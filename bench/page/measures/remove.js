// Removing: 50 messages by their ids, and half of a conversation by time.

import { TRIES, average, byTurns, timed } from "../support/clock.js";
import { counted } from "../support/count.js";
import * as dexie from "../support/dexie.js";
import * as roamkit from "../support/roamkit.js";
import { load, messages, same } from "../support/sample.js";

const COUNT = 100_000;
const GROUP = "ubuntu";
const IDS = 50;
const TIMES = 4;

export default async function remove({ rounds }) {
  await load();
  const all = messages(GROUP, 0, COUNT);
  const middle = all[COUNT / 2 - 1].timestamp;

  const ours = async () => {
    const copy = await roamkit.fresh("remove");
    await roamkit.fill(copy, GROUP, all);
    await roamkit.list(copy, [all.at(-1)]);
    return copy;
  };
  const theirs = async () => {
    const db = await dexie.fresh("remove");
    await dexie.fill(db, all);
    return db;
  };

  // Both sides remove the same 50, round by round: a page of neighbours, then some from all over the conversation.
  const copy = await ours();
  const db = await theirs();
  const times = (TRIES * rounds + 2) * TIMES;
  const pages = Array.from({ length: times }, (_, at) => all.slice(COUNT - (at + 1) * 60, COUNT - (at + 1) * 60 + IDS));
  const gap = Math.floor((COUNT - times * 60) / IDS);
  const scattered = Array.from({ length: times }, (_, at) => Array.from({ length: IDS }, (_, n) => all[n * gap + at]));
  const byIds = (list) => copy.removeIds(GROUP, BigUint64Array.from(list, ({ id }) => BigInt(id)));
  const bulk = (list) => db.messages.bulkDelete(list.map(dexie.key));
  const both = async (lists) => {
    const at = (round, n) => lists[round * TIMES + n];
    const samples = await byTurns(rounds, {
      ours: (round) => average(TIMES, (n) => byIds(at(round, n))),
      theirs: (round) => average(TIMES, (n) => bulk(at(round, n))),
    });
    const last = at(TRIES * rounds + 1, 0);
    return { ...samples, requests: { ours: await counted(() => byIds(last)), theirs: await counted(() => bulk(last)) } };
  };
  const neighbours = await both(pages);
  const spread = await both(scattered);
  same(Array.from(await copy.page(GROUP, undefined, 1000)), await dexie.upTo(db, GROUP).reverse().limit(1000).toArray());
  await copy.wipe();
  await db.delete();

  const half = {
    ours: async (_, clock = timed) => {
      const copy = await ours();
      const took = await clock(() => copy.removeUntil(GROUP, middle));
      const left = Array.from(await copy.page(GROUP, undefined, COUNT));
      if (left.length !== COUNT / 2) throw new Error(`${left.length} messages are left`);
      await copy.wipe();
      return took;
    },
    theirs: async (_, clock = timed) => {
      const db = await theirs();
      const took = await clock(() => dexie.upTo(db, GROUP, middle).delete());
      const left = await db.messages.count();
      if (left !== COUNT / 2) throw new Error(`${left} messages are left`);
      await db.delete();
      return took;
    },
  };
  const samples = await byTurns(rounds, half);
  return [
    {
      what: "remove 50 neighbours of 100,000 by id",
      against: "Dexie `bulkDelete`",
      reach: { faster: 1 },
      ...neighbours,
    },
    {
      what: "remove 50 scattered over 100,000 by id",
      against: "Dexie `bulkDelete`",
      reach: { faster: 1 },
      ...spread,
    },
    {
      what: "remove half of 100,000 by time",
      against: "Dexie, a range's `delete`",
      reach: { faster: 3 },
      ...samples,
      requests: { ours: await half.ours(0, counted), theirs: await half.theirs(0, counted) },
    },
  ];
}

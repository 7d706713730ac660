// Opens a conversation: reads its newest 50 messages, with few and many others stored.

import { alternate, average } from "../support/timing.js";
import { countRequests } from "../support/count-requests.js";
import * as dexie from "../support/dexie.js";
import * as sdk from "../support/roamkit.js";
import { assertSame, load, messages } from "../support/sample.js";

const LONG = 100_000;
const GROUP = "ubuntu";
const REPETITIONS = 200;

const groups = (count) => Array.from({ length: count }, (_, i) => `group${i}`);

export default async function open({ rounds }) {
  await load();
  const package_ = await sdk.published();

  /** Creates a local copy with groups of `length` messages. Returns a function that opens one of them. */
  const createCopy = async (user, names, length) => {
    const copy = await sdk.fresh(user);
    const last = [];
    for (const [i, name] of names.entries()) {
      const all = messages(name, i * length, (i + 1) * length);
      last.push(all.at(-1));
      await sdk.fill(copy, name, all);
    }
    await sdk.list(copy, last);
    copy.close();
    const client = await sdk.client(package_, user);
    return (i = 0) =>
      client.loadMessages({ conversationId: names[i % names.length], conversationType: "groupChat", pageSize: 50 });
  };

  const openLong = await createCopy("open-long", [GROUP], LONG);
  const db = await dexie.fresh("open");
  await dexie.fill(db, messages(GROUP, 0, LONG));
  const openWithDexie = () => dexie.upTo(db, GROUP).reverse().limit(50).toArray();
  assertSame((await openLong()).messages, await openWithDexie());
  const one = await alternate(rounds, {
    roamkit: () => average(REPETITIONS, () => openLong()),
    other: () => average(REPETITIONS, openWithDexie),
  });
  const requests = { roamkit: await countRequests(() => openLong()), other: await countRequests(openWithDexie) };
  await db.delete();

  const openOfMany = await createCopy("open-many", groups(200), 5000);
  const openOfFew = await createCopy("open-few", groups(2), 5000);
  const openOfShort = await createCopy("open-short", groups(200), 50);
  for (const [open, length] of [[openOfMany, 5000], [openOfFew, 5000], [openOfShort, 50]]) {
    const page = await open(0);
    if (page.messages.length !== 50 || !page.complete) throw new Error(`a page of ${length} is incomplete`);
  }
  const million = await alternate(rounds, {
    many: () => average(REPETITIONS, openOfMany),
    few: () => average(REPETITIONS, openOfFew),
    short: () => average(REPETITIONS, openOfShort),
  });
  return [
    {
      what: "open the newest 50 of 100,000 messages",
      against: "Dexie `reverse().limit(50)` on the compound key",
      goal: { faster: 3, under: 1 },
      roamkit: one.roamkit,
      other: one.other,
      requests,
    },
    {
      what: "open one of 200 conversations, 1,000,000 messages in total",
      against: "RoamKit with 2 conversations of the same length",
      goal: { slower: 1.3 },
      roamkit: million.many,
      other: million.few,
    },
    {
      what: "open one of 200 conversations, 1,000,000 messages in total",
      against: "RoamKit with 200 conversations, 10,000 messages in total",
      goal: { slower: 1.3 },
      roamkit: million.many,
      other: million.short,
    },
  ];
}

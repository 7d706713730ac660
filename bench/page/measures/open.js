// Opening a conversation: its newest 50 messages, out of many.

import { average, byTurns } from "../support/clock.js";
import { counted } from "../support/count.js";
import * as dexie from "../support/dexie.js";
import * as roamkit from "../support/roamkit.js";
import { load, messages, same } from "../support/sample.js";

const LONG = 100_000;
const GROUP = "ubuntu";
const TIMES = 200;

const groups = (count) => Array.from({ length: count }, (_, at) => `group${at}`);

export default async function open({ rounds }) {
  await load();
  const package_ = await roamkit.published();

  /** A client over a copy with these groups, each of that length, and how to open one of them. */
  const filled = async (user, names, length) => {
    const copy = await roamkit.fresh(user);
    const last = [];
    for (const [at, name] of names.entries()) {
      const all = messages(name, at * length, (at + 1) * length);
      last.push(all.at(-1));
      await roamkit.fill(copy, name, all);
    }
    await roamkit.list(copy, last);
    copy.close();
    const client = await roamkit.client(package_, user);
    return (at = 0) =>
      client.loadMessages({ conversationId: names[at % names.length], conversationType: "groupChat", pageSize: 50 });
  };

  const long = await filled("open-long", [GROUP], LONG);
  const db = await dexie.fresh("open");
  await dexie.fill(db, messages(GROUP, 0, LONG));
  const theirs = () => dexie.upTo(db, GROUP).reverse().limit(50).toArray();
  same((await long()).messages, await theirs());
  const one = await byTurns(rounds, {
    ours: () => average(TIMES, () => long()),
    theirs: () => average(TIMES, theirs),
  });
  const requests = { ours: await counted(() => long()), theirs: await counted(theirs) };
  await db.delete();

  const many = await filled("open-many", groups(200), 5000);
  const few = await filled("open-few", groups(2), 5000);
  const short = await filled("open-short", groups(200), 50);
  for (const [read, length] of [[many, 5000], [few, 5000], [short, 50]]) {
    const page = await read(0);
    if (page.messages.length !== 50 || !page.complete) throw new Error(`a page of ${length} is not whole`);
  }
  const million = await byTurns(rounds, {
    many: () => average(TIMES, many),
    few: () => average(TIMES, few),
    short: () => average(TIMES, short),
  });
  return [
    {
      what: "open the newest 50 of 100,000 messages",
      against: "Dexie `reverse().limit(50)` on the compound key",
      reach: { faster: 3, under: 1 },
      ours: one.ours,
      theirs: one.theirs,
      requests,
    },
    {
      what: "open one of 200 conversations, 1,000,000 in all",
      against: "itself with 10,000 in all, 2 conversations as long",
      reach: { slower: 1.3 },
      ours: million.many,
      theirs: million.few,
    },
    {
      what: "open one of 200 conversations, 1,000,000 in all",
      against: "itself with 10,000 in all, 200 conversations",
      reach: { slower: 1.3 },
      ours: million.many,
      theirs: million.short,
    },
  ];
}

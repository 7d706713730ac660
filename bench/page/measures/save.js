// Saving 20,000 messages: a page a transaction, and in one go.

import { byTurns, timed } from "../support/clock.js";
import { counted } from "../support/count.js";
import * as dexie from "../support/dexie.js";
import * as roamkit from "../support/roamkit.js";
import { load, messages, walk } from "../support/sample.js";

const COUNT = 20_000;
const PAGE = 50;
const GROUP = "ubuntu";

export default async function save({ rounds }) {
  await load();
  const all = messages(GROUP, 0, COUNT);
  const { Pages, Answers } = await roamkit.built();

  /** Into an empty copy that has the group on its list. */
  const ours = (make, how) => async (_, clock = timed) => {
    const copy = await roamkit.fresh("save");
    await roamkit.list(copy, [all.at(-1)]);
    const pages = make();
    const took = await clock(async () => {
      for (let at = 0; at < pages.count; at += 1) await how(copy, pages, at);
    });
    pages.free();
    await copy.wipe();
    return took;
  };
  const savePage = (copy, pages, at) => copy.savePage(GROUP, pages, at);
  const theirs = (size) => async (_, clock = timed) => {
    const db = await dexie.fresh("save");
    const pages = walk(all, size);
    const took = await clock(async () => {
      for (const page of pages) await db.messages.bulkPut(page);
    });
    await db.delete();
    return took;
  };

  const paged = await byTurns(rounds, {
    ours: ours(() => new Pages(all, PAGE), savePage),
    theirs: theirs(PAGE),
    read: ours(() => new Answers(all, PAGE), (copy, answers, at) => answers.save(copy, GROUP, at)),
  });
  const whole = await byTurns(rounds, { ours: ours(() => new Pages(all, COUNT), savePage), theirs: theirs(COUNT) });
  const requests = async (side) => side(0, counted);
  return [
    {
      what: "save 20,000 messages as 400 pages",
      against: "Dexie `bulkPut`, a page a transaction",
      reach: { faster: 5 },
      ours: paged.ours,
      theirs: paged.theirs,
      requests: { ours: await requests(ours(() => new Pages(all, PAGE), savePage)), theirs: await requests(theirs(PAGE)) },
    },
    {
      what: "the same pages, read from the server's answers",
      against: "the same `bulkPut`, of messages already read",
      ours: paged.read,
      theirs: paged.theirs,
    },
    {
      what: "save 20,000 messages in one go",
      against: "Dexie `bulkPut`",
      reach: { faster: 15 },
      ours: whole.ours,
      theirs: whole.theirs,
      requests: { ours: await requests(ours(() => new Pages(all, COUNT), savePage)), theirs: await requests(theirs(COUNT)) },
    },
  ];
}

// Saves 20,000 messages: one transaction per page, and all in one transaction.

import { alternate, timed } from "../support/timing.js";
import { countRequests } from "../support/count-requests.js";
import * as dexie from "../support/dexie.js";
import * as sdk from "../support/roamkit.js";
import { load, messages, splitIntoPages } from "../support/sample.js";

const COUNT = 20_000;
const PAGE = 50;
const GROUP = "ubuntu";

export default async function save({ rounds }) {
  await load();
  const all = messages(GROUP, 0, COUNT);
  const { Pages, Answers } = await sdk.built();

  /** Saves pages into a new local copy whose list contains the group. `measure` runs the work that counts. */
  const saveWithRoamKit = (createPages, save) => async (_, measure = timed) => {
    const copy = await sdk.fresh("save");
    await sdk.list(copy, [all.at(-1)]);
    const pages = createPages();
    const took = await measure(async () => {
      for (let i = 0; i < pages.count; i += 1) await save(copy, pages, i);
    });
    pages.free();
    await copy.wipe();
    return took;
  };
  const savePage = (copy, pages, i) => copy.savePage(GROUP, pages, i);
  const saveAnswer = (copy, answers, i) => answers.save(copy, GROUP, i);
  const saveWithDexie = (size) => async (_, measure = timed) => {
    const db = await dexie.fresh("save");
    const pages = splitIntoPages(all, size);
    const took = await measure(async () => {
      for (const page of pages) await db.messages.bulkPut(page);
    });
    await db.delete();
    return took;
  };

  const pages = saveWithRoamKit(() => new Pages(all, PAGE), savePage);
  const answers = saveWithRoamKit(() => new Answers(all, PAGE), saveAnswer);
  const dexiePages = saveWithDexie(PAGE);
  const byPage = await alternate(rounds, { roamkit: pages, other: dexiePages, answers });
  const single = saveWithRoamKit(() => new Pages(all, COUNT), savePage);
  const dexieSingle = saveWithDexie(COUNT);
  const atOnce = await alternate(rounds, { roamkit: single, other: dexieSingle });
  const requestsOf = (side) => side(0, countRequests);
  return [
    {
      what: "save 20,000 messages as 400 pages",
      against: "Dexie `bulkPut`, one transaction per page",
      goal: { faster: 5 },
      roamkit: byPage.roamkit,
      other: byPage.other,
      requests: { roamkit: await requestsOf(pages), other: await requestsOf(dexiePages) },
    },
    {
      what: "the same pages, decoded from the server's answers",
      against: "the same `bulkPut` with decoded messages",
      roamkit: byPage.answers,
      other: byPage.other,
    },
    {
      what: "save 20,000 messages in one transaction",
      against: "Dexie `bulkPut`",
      goal: { faster: 15 },
      roamkit: atOnce.roamkit,
      other: atOnce.other,
      requests: { roamkit: await requestsOf(single), other: await requestsOf(dexieSingle) },
    },
  ];
}

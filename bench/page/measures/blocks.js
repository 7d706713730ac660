// The local copy, cut into blocks of several sizes.

import { TRIES, average, byTurns, timed } from "../support/clock.js";
import * as roamkit from "../support/roamkit.js";
import { load, messages } from "../support/sample.js";

const SAVED = 5000;
const COUNT = 20_000;
const GROUP = "ubuntu";

export default async function blocks({ rounds, sizes }) {
  await load();
  const all = messages(GROUP, 0, COUNT);
  const more = messages(GROUP, COUNT, COUNT + 20 * (TRIES * rounds + 1));
  const saved = all.slice(-SAVED);
  const builds = sizes.map((size) => ({ size, build: `pkg-${size}`, user: `blocks-${size}` }));

  /** A measure for every size, by turns. */
  const each = async (what, work) => {
    const sides = builds.map((side) => [side.size, (round) => work(side, round)]);
    return { what, samples: await byTurns(rounds, Object.fromEntries(sides)) };
  };
  const savePages = (page) => async ({ build, user }) => {
    const { Pages } = await roamkit.built(build);
    const copy = await roamkit.fresh(user, build);
    const pages = new Pages(saved, page);
    const took = await timed(async () => {
      for (let at = 0; at < pages.count; at += 1) await copy.savePage(GROUP, pages, at);
    });
    const { count } = pages;
    pages.free();
    await copy.wipe();
    return took / count;
  };
  const rows = [
    await each("save a page of 50", savePages(50)),
    await each("save a page of 20", savePages(20)),
  ];

  // As an application leaves it: walked through in pages of 50.
  const copies = {};
  for (const { size, build, user } of builds) {
    copies[size] = await roamkit.fresh(user, build);
    await roamkit.list(copies[size], [all.at(-1)]);
    await roamkit.fill(copies[size], GROUP, all, 50, build);
  }
  rows.push(
    await each("open the newest 50 of 20,000", ({ size }) => average(100, () => copies[size].page(GROUP, undefined, 50))),
    await each("walk through 20,000, a page of 20", ({ size }) => walk(copies[size])),
    await each("take in a live message", ({ size }, round) => average(20, (n) => copies[size].live(more[round * 20 + n]))),
    await each("remove 1 message by id", ({ size }, round) =>
      average(10, (n) => copies[size].removeIds(GROUP, ids([all[5000 + (round * 10 + n) * 30]])))),
    await each("remove 50 neighbours by id", ({ size }, round) =>
      average(2, (n) => copies[size].removeIds(GROUP, ids(all.slice(18_000 - (round * 2 + n) * 60).slice(0, 50))))),
    await each("remove 50 scattered by id", ({ size }, round) =>
      average(2, (n) => copies[size].removeIds(GROUP, ids(Array.from({ length: 50 }, (_, at) => all[at * 90 + round * 2 + n]))))),
  );
  for (const copy of Object.values(copies)) await copy.wipe();
  return rows;
}

const ids = (list) => BigUint64Array.from(list, ({ id }) => BigInt(id));

/** From the newest to the oldest; how long a page took. */
async function walk(copy) {
  let pages = 0;
  const took = await timed(async () => {
    for (let anchor, page; page?.length !== 0; pages += 1) {
      page = await copy.page(GROUP, anchor, 20);
      anchor = page.length ? BigInt(page.at(-1).id) : anchor;
    }
  });
  if (pages < COUNT / 20 - 200) throw new Error(`the walk ended after ${pages} pages`);
  return took / pages;
}

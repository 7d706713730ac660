// Compares block sizes of the local copy, with one build of the SDK for each size.

import { MAX_TRIES, alternate, average, timed } from "../support/timing.js";
import * as sdk from "../support/roamkit.js";
import { load, messages } from "../support/sample.js";

const SAVED = 5000;
const COUNT = 20_000;
const GROUP = "ubuntu";

export default async function blocks({ rounds, sizes }) {
  await load();
  const all = messages(GROUP, 0, COUNT);
  const more = messages(GROUP, COUNT, COUNT + 20 * (MAX_TRIES * rounds + 1));
  const saved = all.slice(-SAVED);
  const builds = sizes.map((size) => ({ size, build: `pkg-${size}`, user: `blocks-${size}` }));

  /** Measures an operation with all builds in turn. */
  const measureSizes = async (what, work) => {
    const sides = builds.map((build) => [build.size, (round) => work(build, round)]);
    return { what, samples: await alternate(rounds, Object.fromEntries(sides)) };
  };
  const savePages = (pageSize) => async ({ build, user }) => {
    const { Pages } = await sdk.built(build);
    const copy = await sdk.fresh(user, build);
    const pages = new Pages(saved, pageSize);
    const took = await timed(async () => {
      for (let i = 0; i < pages.count; i += 1) await copy.savePage(GROUP, pages, i);
    });
    const { count } = pages;
    pages.free();
    await copy.wipe();
    return took / count;
  };
  const rows = [
    await measureSizes("save a page of 50", savePages(50)),
    await measureSizes("save a page of 20", savePages(20)),
  ];

  // The copies are filled in pages of 50, as an application does.
  const copies = {};
  for (const { size, build, user } of builds) {
    copies[size] = await sdk.fresh(user, build);
    await sdk.list(copies[size], [all.at(-1)]);
    await sdk.fill(copies[size], GROUP, all, 50, build);
  }
  rows.push(
    await measureSizes("open the newest 50 of 20,000", ({ size }) => average(100, () => copies[size].page(GROUP, undefined, 50))),
    await measureSizes("read all 20,000 in pages of 20, per page", ({ size }) => readAll(copies[size])),
    await measureSizes("save a live message", ({ size }, round) => average(20, (n) => copies[size].live(more[round * 20 + n]))),
    await measureSizes("remove 1 message by id", ({ size }, round) =>
      average(10, (n) => copies[size].removeIds(GROUP, ids([all[5000 + (round * 10 + n) * 30]])))),
    await measureSizes("remove 50 consecutive messages by id", ({ size }, round) =>
      average(2, (n) => copies[size].removeIds(GROUP, ids(all.slice(18_000 - (round * 2 + n) * 60).slice(0, 50))))),
    await measureSizes("remove 50 scattered messages by id", ({ size }, round) =>
      average(2, (n) => copies[size].removeIds(GROUP, ids(Array.from({ length: 50 }, (_, i) => all[i * 90 + round * 2 + n]))))),
  );
  for (const copy of Object.values(copies)) await copy.wipe();
  return rows;
}

const ids = (list) => BigUint64Array.from(list, ({ id }) => BigInt(id));

/** Reads from the newest to the oldest message. Resolves with the time per page. */
async function readAll(copy) {
  let pages = 0;
  const took = await timed(async () => {
    for (let anchor, page; page?.length !== 0; pages += 1) {
      page = await copy.page(GROUP, anchor, 20);
      anchor = page.length ? BigInt(page.at(-1).id) : anchor;
    }
  });
  if (pages < COUNT / 20 - 200) throw new Error(`only ${pages} pages could be read`);
  return took / pages;
}

// What `cargo xtask bench` measures, in order. To add a measure, add it here; it returns rows:
//
//   what, against   what was done, and what it is compared with
//   ours, theirs    samples, round by round: of round n both ran next to each other
//   reach           { faster } times as fast, { slower } at most so many times as slow, { under } so many ms
//   unit            "ms" where left out
//   requests        { ours, theirs }: { transactions, requests } of IndexedDB
//
// Most run in the page (`page/measures/`), in a document of their own. Those of the session run against a server, their
// devices in a page each; their rows:
//
//   what            what was timed
//   delays          samples of all rounds, ms; reach { p99 }: so many of a hundred are under so many ms
//   layouts         { one, many }: samples of each round, for so many conversations; reach: the median is under that
//   unit            of the layouts' samples
//
// Those beside the official client are rows as the first, and besides:
//
//   tasks           { ours, theirs }: samples of each round
//   size            { raw, gzip, brotli }, bytes

import { official } from "./official/official.mjs";
import { catchUp } from "./session/catch-up.mjs";
import { delay } from "./session/delay.mjs";

const inPage = (name) => ({ name, section: "speed", run: (bench) => bench.inPage(name) });

export const MEASURES = [
  inPage("save"),
  inPage("open"),
  inPage("remove"),
  inPage("list"),
  inPage("memory"),
  { name: "delay", section: "session", run: delay },
  { name: "catch-up", section: "session", run: catchUp },
  { name: "official", section: "official", run: official },
  { name: "blocks", section: "blocks", run: (bench) => bench.inPage("blocks", { sizes: bench.blockSizes }) },
];

// The benchmarks of `cargo xtask bench`, in order. To add one, add it here. A benchmark returns rows for the tables.
//
// Rows that compare two sides (sections "speed" and "official"):
//
//   what, against    the operation, and the other side
//   roamkit, other   samples by round; the samples of one round were measured next to each other
//   goal             { faster }: the speed ratio to reach; { slower }: the maximum ratio of times; { under }: maximum ms
//   unit             "ms" by default
//   requests         { roamkit, other }: { transactions, requests } of IndexedDB
//   tasks            { roamkit, other }: samples about long tasks
//   size             { raw, gzip, brotli } in bytes
//
// Rows of the section "session", whose devices have a page each and share a server:
//
//   what             the measured time
//   delays           samples of all rounds, ms; goal { p99 }: the maximum of the 99th percentile
//   layouts          { one, many }: samples by round for one and for many conversations; goal: the maximum of the median
//   unit             the unit of `layouts`
//
// Most benchmarks run in a page (`page/benchmarks/`), each in a document of its own.

import { official } from "./official/official.mjs";
import { catchUp } from "./session/catch-up.mjs";
import { delay } from "./session/delay.mjs";

const inPage = (name) => ({ name, section: "speed", run: (bench) => bench.inPage(name) });

export const BENCHMARKS = [
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

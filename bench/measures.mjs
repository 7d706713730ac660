// What `cargo xtask bench` measures, in order. To add a measure, add it here; it returns rows:
//
//   what, against   what was done, and what it is compared with
//   ours, theirs    samples, round by round: of round n both ran next to each other
//   reach           { faster } times as fast, { slower } at most so many times as slow, { under } so many ms
//   unit            "ms" where left out
//   requests        { ours, theirs }: { transactions, requests } of IndexedDB
//
// Most run in the page (`page/measures/`), in a document of their own.

const inPage = (name) => ({ name, section: "speed", run: (bench) => bench.inPage(name) });

export const MEASURES = [
  inPage("save"),
  inPage("open"),
  inPage("remove"),
  inPage("list"),
  inPage("memory"),
  { name: "blocks", section: "blocks", run: (bench) => bench.inPage("blocks", { sizes: bench.blockSizes }) },
];

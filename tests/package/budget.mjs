// The WebAssembly and the JS that the default entry loads, in bytes after gzip -9 (1 KB = 1,000 bytes).
//
// The goal is 165,000 bytes and the ceiling 185,000. The budget is the size reached, rounded up. It is above the ceiling: the
// libraries took the place of home-made code, and the generic code that they bring is still to be reduced.

export const BUDGET = 330_000;

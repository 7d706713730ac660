// The WebAssembly and the JS that the default entry loads, in bytes after gzip -9 (1 KB = 1,000 bytes).
//
// The goal is 165,000 bytes and the ceiling 185,000. The budget is the size reached, rounded up. It is above the ceiling:
// docs/size.md says what the package consists of.

export const BUDGET = 324_000;

// What every visitor downloads: the WebAssembly and the glue, after gzip -9, in bytes.

/** Where it is to come to: 110 KiB. */
export const GOAL = 112_640;

/** What it may be today, just above what it is. Only ever lower it. */
export const BUDGET = 126_200;

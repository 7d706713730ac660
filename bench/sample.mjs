// The texts of the messages: real ones if the data is available, or else generated ones.

import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

const DEFAULT_FILE = fileURLToPath(new URL("../../shared/data/ubuntu-irc.jsonl.gz", import.meta.url));
const GENERATED = 40_000;

/** Writes `[{ ts, from, text }]`, ordered by time. Resolves with a description. */
export async function writeSample(file, data = DEFAULT_FILE) {
  const real = existsSync(data);
  const lines = real ? await read(data) : generate();
  await writeFile(file, JSON.stringify(lines));
  const count = lines.length.toLocaleString("en");
  const description = real
    ? `${count} real messages of the Ubuntu IRC channel, repeated if more are needed`
    : `${count} generated messages, because ../shared/data does not exist`;
  return { real, description };
}

async function read(data) {
  const lines = gunzipSync(await readFile(data)).toString("utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line)).map(({ ts, from, text }) => ({ ts, from, text }));
}

/** Generates the same texts in every run, with a linear congruential generator. */
function generate() {
  let state = 1;
  const random = (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const words = Array.from({ length: 2000 }, () => random(36 ** 6).toString(36));
  return Array.from({ length: GENERATED }, (_, i) => ({
    ts: 1_100_000_000_000 + i * 20_000 + random(10_000),
    from: `user${random(400)}`,
    text: Array.from({ length: 1 + random(20) }, () => words[random(words.length)]).join(" "),
  }));
}

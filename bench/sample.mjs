// What is said in the messages: what people really wrote where that is at hand, else something like it.

import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

const USUAL = fileURLToPath(new URL("../../shared/data/ubuntu-irc.jsonl.gz", import.meta.url));
const MADE_UP = 40_000;

/** Writes `[{ ts, from, text }]`, in the order of time, and tells what it is. */
export async function writeSample(file, data = USUAL) {
  const real = existsSync(data);
  const lines = real ? await read(data) : invent();
  await writeFile(file, JSON.stringify(lines));
  const count = lines.length.toLocaleString("en");
  const words = real
    ? `${count} real messages of the Ubuntu IRC channel, over and over where more are needed`
    : `${count} generated messages, since ../shared/data is not here`;
  return { real, words };
}

async function read(data) {
  const lines = gunzipSync(await readFile(data)).toString("utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line)).map(({ ts, from, text }) => ({ ts, from, text }));
}

/** The same ones in every run: words drawn by a linear congruential generator. */
function invent() {
  let state = 1;
  const draw = (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const words = Array.from({ length: 2000 }, () => draw(36 ** 6).toString(36));
  return Array.from({ length: MADE_UP }, (_, at) => ({
    ts: 1_100_000_000_000 + at * 20_000 + draw(10_000),
    from: `user${draw(400)}`,
    text: Array.from({ length: 1 + draw(20) }, () => words[draw(words.length)]).join(" "),
  }));
}

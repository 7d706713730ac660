// Runs the benchmarks in one Chromium and reports the results. `cargo xtask bench` builds everything and starts this script.

import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { launchOnDisk } from "../tests/support/chromium.mjs";
import { serveStatic } from "../tests/support/static.mjs";
import { BENCHMARKS } from "./benchmarks.mjs";
import { describeDisturbance, waitUntilIdle, wasDisturbed } from "./idle.mjs";
import { tables, writeDocs } from "./report/docs.mjs";
import { describeMachine } from "./report/machine.mjs";
import { writeSample } from "./sample.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const here = (path) => ROOT + path;

const { values: options } = parseArgs({
  options: {
    built: { type: "string", default: here("target/bench") },
    rounds: { type: "string", default: "6" },
    data: { type: "string" },
    only: { type: "string", multiple: true, default: [] },
    "block-size": { type: "string", multiple: true, default: [] },
  },
});
const blockSizes = options["block-size"].map(Number);
const selected = BENCHMARKS.filter(({ name, section }) => {
  if (section === "blocks" && blockSizes.length === 0) return false;
  return options.only.length === 0 || options.only.includes(name);
});
const unknown = options.only.filter((name) => !BENCHMARKS.some((benchmark) => benchmark.name === name));
if (unknown.length > 0) {
  throw new Error(`no benchmark is called ${unknown}; there are ${BENCHMARKS.map(({ name }) => name).join(", ")}`);
}
if (selected.length === 0) throw new Error("the benchmark of blocks needs --block-sizes");

const settings = { rounds: Number(options.rounds) };
const sample = await writeSample(`${options.built}/sample.json`, options.data);
console.log(sample.description);
const profile = `${options.built}/profile`;
rmSync(profile, { recursive: true, force: true });

// Cross-origin isolation gives the pages a clock with a resolution of 5 microseconds.
const server = await serveStatic(
  {
    "/dexie/": here("tests/node_modules/dexie/dist/modern"),
    "/pkg/": process.env.ROAMKIT_PKG ?? here("pkg"),
    "/built/": options.built,
    "/official/": here("tests/node_modules/easemob-websdk"),
    "/official-side/": here("bench/page/official"),
    "/": here("bench/page"),
  },
  { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" },
);
const browser = await launchOnDisk(profile, ["--js-flags=--expose-gc"]);

const bench = {
  blockSizes,
  settings,
  built: options.built,
  /** Opens a new document. */
  async openPage() {
    const page = await browser.newPage();
    page.on("console", (message) => message.type() === "error" && console.log(`  ${message.text()}`));
    await page.goto(`${server.url}/`);
    await page.waitForFunction(() => window.ready);
    return page;
  },
  /** Runs a benchmark of `page/benchmarks/` in a new document. */
  async inPage(name, more = {}) {
    const page = await bench.openPage();
    try {
      await page.exposeFunction("waitUntilIdle", waitUntilIdle);
      await page.exposeFunction("wasDisturbed", wasDisturbed);
      return await page.evaluate(([name, settings]) => window.runBenchmark(name, settings), [name, { ...settings, ...more }]);
    } finally {
      await page.close();
    }
  },
};

const sections = {};
try {
  for (const { name, section, run } of selected) {
    const start = performance.now();
    const rows = await run(bench);
    (sections[section] ??= []).push(...rows);
    console.log(`\n${name} (${Math.round((performance.now() - start) / 1000)} s)\n`);
    console.log(tables(section, rows));
  }
  // A section of the document is only replaced if all of its benchmarks were run.
  const isComplete = (name) => BENCHMARKS.every((benchmark) => benchmark.section !== name || selected.includes(benchmark));
  const complete = Object.fromEntries(Object.entries(sections).filter(([name]) => isComplete(name)));
  if (Object.keys(complete).length > 0) {
    const machine = await describeMachine(await browser.newPage(), settings, sample);
    await writeDocs(here("docs"), complete, `${machine} ${describeDisturbance()}`);
    console.log(`\nwritten into docs/benchmarks.md: ${Object.keys(complete).join(", ")}`);
  }
} finally {
  await browser.close();
  await server.close();
  rmSync(profile, { recursive: true, force: true });
}

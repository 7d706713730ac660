// Runs the measures in one Chromium and reports them; started by `cargo xtask bench`, which builds what they need.

import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { launchOnDisk } from "../tests/support/chromium.mjs";
import { serveStatic } from "../tests/support/static.mjs";
import { calm, disturbed, howCalm } from "./calm.mjs";
import { MEASURES } from "./measures.mjs";
import { tables, writeDocs } from "./report/docs.mjs";
import { describeMachine } from "./report/machine.mjs";
import { writeSample } from "./sample.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const here = (path) => ROOT + path;

const { values: given } = parseArgs({
  options: {
    built: { type: "string", default: here("target/bench") },
    rounds: { type: "string", default: "6" },
    data: { type: "string" },
    only: { type: "string", multiple: true, default: [] },
    "block-size": { type: "string", multiple: true, default: [] },
  },
});
const blockSizes = given["block-size"].map(Number);
const wanted = MEASURES.filter(({ name, section }) => {
  if (section === "blocks" && blockSizes.length === 0) return false;
  return given.only.length === 0 || given.only.includes(name);
});
const unknown = given.only.filter((name) => !MEASURES.some((measure) => measure.name === name));
if (unknown.length > 0) {
  throw new Error(`no measure is called ${unknown}; there are ${MEASURES.map(({ name }) => name).join(", ")}`);
}
if (wanted.length === 0) throw new Error("the measure of blocks needs --block-sizes");

const settings = { rounds: Number(given.rounds) };
const sample = await writeSample(`${given.built}/sample.json`, given.data);
console.log(sample.words);
const profile = `${given.built}/profile`;
rmSync(profile, { recursive: true, force: true });

// Cross-origin isolated: the clock then counts in 5 microseconds.
const server = await serveStatic(
  {
    "/dexie/": here("tests/node_modules/dexie/dist/modern"),
    "/pkg/": process.env.ROAMKIT_PKG ?? here("pkg"),
    "/built/": given.built,
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
  built: given.built,
  /** A document of its own. */
  async openPage() {
    const page = await browser.newPage();
    page.on("console", (message) => message.type() === "error" && console.log(`  ${message.text()}`));
    await page.goto(`${server.url}/`);
    await page.waitForFunction(() => window.ready);
    return page;
  },
  /** Runs a measure of `page/measures/` in one. */
  async inPage(name, more = {}) {
    const page = await bench.openPage();
    try {
      await page.exposeFunction("calm", calm);
      await page.exposeFunction("disturbed", disturbed);
      return await page.evaluate(([name, settings]) => window.measure(name, settings), [name, { ...settings, ...more }]);
    } finally {
      await page.close();
    }
  },
};

const sections = {};
try {
  for (const { name, section, run } of wanted) {
    const start = performance.now();
    const rows = await run(bench);
    (sections[section] ??= []).push(...rows);
    console.log(`\n${name} (${Math.round((performance.now() - start) / 1000)} s)\n`);
    console.log(tables(section, rows));
  }
  // Half of a table is none: a section of which not all was measured is left as it is.
  const whole = (name) => MEASURES.every((measure) => measure.section !== name || wanted.includes(measure));
  const written = Object.fromEntries(Object.entries(sections).filter(([name]) => whole(name)));
  if (Object.keys(written).length > 0) {
    await writeDocs(here("docs"), written, `${await describeMachine(await browser.newPage(), settings, sample)} ${howCalm()}`);
    console.log(`\nwritten into docs/benchmarks.md: ${Object.keys(written).join(", ")}`);
  }
} finally {
  await browser.close();
  await server.close();
  rmSync(profile, { recursive: true, force: true });
}

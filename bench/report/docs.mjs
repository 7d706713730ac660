// Writes the results into docs/benchmarks.md, between its markers, and the plot next to it.

import { readFile, writeFile } from "node:fs/promises";
import { plot } from "./plot.mjs";
import { blockTable, catchUpTable, delayTable, requestTable, sizeTable, speedTable, taskTable } from "./table.mjs";

const TABLES = {
  speed: [speedTable, requestTable],
  session: [delayTable, catchUpTable],
  official: [speedTable, taskTable, sizeTable],
  blocks: [blockTable],
};

/** The tables of a section. Tables without rows are omitted. */
export const tables = (section, rows) =>
  TABLES[section].map((table) => table(rows)).filter(Boolean).join("\n\n");

/** Replaces the given sections. The others stay unchanged. */
export async function writeDocs(folder, sections, machine) {
  const file = `${folder}/benchmarks.md`;
  let text = await readFile(file, "utf8");
  for (const [name, rows] of Object.entries(sections)) {
    let plotted = "";
    if (name === "speed") {
      await writeFile(`${folder}/benchmarks.svg`, plot(rows));
      plotted = "![How many times as fast RoamKit is](benchmarks.svg)\n\n";
    }
    text = replaceSection(text, name, `${machine}\n\n${plotted}${tables(name, rows)}`);
  }
  await writeFile(file, text);
}

function replaceSection(text, name, content) {
  const [begin, end] = [`<!-- measured: ${name} -->`, `<!-- end of ${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/benchmarks.md has no markers for ${name}: ${begin} … ${end}`);
  return `${text.slice(0, from + begin.length)}\n\n${content}\n\n${text.slice(to)}`;
}

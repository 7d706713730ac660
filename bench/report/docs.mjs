// Writes what was measured into docs/benchmarks.md, between its markers, and the plot beside it.

import { readFile, writeFile } from "node:fs/promises";
import { plot } from "./plot.mjs";
import { blockTable, requestTable, speedTable } from "./table.mjs";

const WRITE = {
  speed: async (folder, rows, machine) => {
    await writeFile(`${folder}/benchmarks.svg`, plot(rows));
    return `${machine}\n\n![How many times as fast RoamKit is](benchmarks.svg)\n\n${speedTable(rows)}\n\n${requestTable(rows)}`;
  },
  blocks: async (_, rows, machine) => `${machine}\n\n${blockTable(rows)}`,
};

/** Writes the sections that were measured; the others stay as they are. */
export async function writeDocs(folder, sections, machine) {
  const file = `${folder}/benchmarks.md`;
  let text = await readFile(file, "utf8");
  for (const [name, rows] of Object.entries(sections)) {
    text = put(text, name, await WRITE[name](folder, rows, machine));
  }
  await writeFile(file, text);
}

function put(text, name, content) {
  const [begin, end] = [`<!-- measured: ${name} -->`, `<!-- end of ${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/benchmarks.md has no place for ${name}: ${begin} … ${end}`);
  return `${text.slice(0, from + begin.length)}\n\n${content}\n\n${text.slice(to)}`;
}

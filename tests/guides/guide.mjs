// Parses a guide of docs/guides into its code blocks.
//
// A fence that names a file contains the file or a part of it. A shell fence has a name by which the guide's test runs
// it. A comment before any other fence says why it is not run.

import { readdirSync, readFileSync } from "node:fs";

import { ROOT } from "../support/paths.mjs";

export const FOLDER = `${ROOT}docs/guides/`;

const FENCE = /^(?<notRun><!-- not run: .+ -->\n)?```(?<language>\w*)(?: (?<name>\S+))?\n(?<text>.*?)^```$/gms;

export const guideNames = () =>
  readdirSync(FOLDER)
    .filter((file) => file.endsWith(".md") && file !== "README.md")
    .map((file) => file.slice(0, -".md".length));

export class Guide {
  /** The text of each file by its name, such as `app.js`. */
  files = new Map();
  /** The text of each shell block by its name. */
  shell = new Map();

  constructor(name) {
    const text = readFileSync(`${FOLDER}${name}.md`, "utf8");
    const fences = text.match(/^```/gm)?.length ?? 0;
    let parsed = 0;
    for (const { groups } of text.matchAll(FENCE)) {
      parsed += 2;
      if (groups.notRun) continue;
      if (!groups.name) throw new Error(`${name}.md: a block has no name and does not say why it is not run:\n${groups.text}`);
      const blocks = groups.language === "sh" ? this.shell : this.files;
      blocks.set(groups.name, (blocks.get(groups.name) ?? "") + groups.text);
    }
    if (parsed !== fences) throw new Error(`${name}.md: only ${parsed} of ${fences} fences could be parsed`);
  }
}

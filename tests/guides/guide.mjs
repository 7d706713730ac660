// A guide of docs/guides, taken apart. A block whose fence names a file is (a part of) that file; a shell block has a
// name by which its test runs it; a block that is not run says why in a comment before it.

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const FOLDER = fileURLToPath(new URL("../../docs/guides/", import.meta.url));

const FENCE = /^(?<why><!-- not run: .+ -->\n)?```(?<language>\w*)(?: (?<name>\S+))?\n(?<text>.*?)^```$/gms;

/** The guides' names. */
export const guides = () =>
  readdirSync(FOLDER)
    .filter((file) => file.endsWith(".md") && file !== "README.md")
    .map((file) => file.slice(0, -".md".length));

export class Guide {
  /** Files by their names: `app.js`. */
  files = new Map();
  /** Shell blocks by their names. */
  shell = new Map();

  constructor(name) {
    const text = readFileSync(`${FOLDER}${name}.md`, "utf8");
    const fences = text.match(/^```/gm)?.length ?? 0;
    let seen = 0;
    for (const { groups } of text.matchAll(FENCE)) {
      seen += 2;
      if (groups.why) continue;
      if (!groups.name) throw new Error(`${name}.md: a block has no name and does not say why it is not run:\n${groups.text}`);
      const blocks = groups.language === "sh" ? this.shell : this.files;
      blocks.set(groups.name, (blocks.get(groups.name) ?? "") + groups.text);
    }
    if (seen !== fences) throw new Error(`${name}.md: ${fences} fences, of which ${seen} are blocks`);
  }
}

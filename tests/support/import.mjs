// Many messages at once: what a server holds before it starts, by `roamkit-server import`.

import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { APP_KEY, PROGRAM } from "./server.mjs";

/** Users with the passwords that `admin().createUsers` gives them. */
export const userLines = (...names) =>
  names.map((username) => ({ type: "user", username, password: `pw-${username}` }));

/** Takes `lines` (docs/server.md) into a database that no server has open; `folder` is for the file. */
export async function importLines(database, folder, lines) {
  const file = join(folder, "import.jsonl");
  await writeFile(file, `${lines.map((line) => JSON.stringify(line)).join("\n")}\n`);
  const done = spawnSync(PROGRAM, ["import", "--database", database, "--app", APP_KEY, file], { encoding: "utf8" });
  if (done.status !== 0) throw new Error(`could not import: ${done.error ?? done.stderr}`);
}

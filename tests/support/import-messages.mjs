// Fills a database with many messages before a server opens it.

import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { SERVER } from "./paths.mjs";
import { APP_KEY } from "./server.mjs";

/** Lines that register users, with the same passwords as `createUsers` in `app-rest.mjs`. */
export const userLines = (...names) =>
  names.map((username) => ({ type: "user", username, password: `pw-${username}` }));

/**
 * Runs `roamkit-server import` on a database that no server has open.
 * @param {string} folder receives the import file
 * @param {Iterable<object>} lines in the format of docs/server.md
 */
export async function importLines(database, folder, lines) {
  const file = join(folder, "import.jsonl");
  await writeFile(file, `${[...lines].map((line) => JSON.stringify(line)).join("\n")}\n`);
  const result = spawnSync(SERVER, ["import", "--database", database, "--app", APP_KEY, file], { encoding: "utf8" });
  if (result.status !== 0) throw new Error(`could not import: ${result.error ?? result.stderr}`);
}

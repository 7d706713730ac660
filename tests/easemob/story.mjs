// What the application does, step by step. Both clients go through exactly this.

import { arrivals, deletions, removals } from "./changes.mjs";
import { prepare, sendKinds } from "./data.mjs";
import { localCache } from "./local.mjs";
import { history, lists, wrongArguments } from "./reading.mjs";
import { Record } from "./record.mjs";
import { beforeOpen, close, open, tokens } from "./session.mjs";
import { Teller } from "./teller.mjs";

const CONNECTION = [beforeOpen, open, lists, history, wrongArguments, arrivals, removals, deletions, tokens, close];

/** Plays it with a client; resolves with the record. */
export async function play(world, client) {
  return told(world, client, CONNECTION);
}

/** The same for what clients have of a local cache. */
export async function playLocal(world, client) {
  return told(world, client, [localCache]);
}

async function told(world, client, chapters) {
  const record = new Record();
  record.name(world.server.url, "server");
  record.name(world.server.url.replace("http", "ws"), "socket server");
  const made = await prepare(world, record);
  await sendKinds(record, made.other, "erin", "kept");
  const teller = new Teller(world, record, made, await world.application(client));
  for (const chapter of chapters) await chapter(teller);
  return record.read();
}

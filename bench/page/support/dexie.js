// Dexie's side, as its documentation advises: bulk calls, the list's order as the key, an index on the id.

import { Dexie } from "/dexie/dexie.mjs";

export { Dexie };

const STORES = { messages: "[conversationId+timestamp+id], id", conversations: "[conversationType+conversationId]" };

/** A handle on that database, made if need be. Durability is left alone on both sides: Chromium's, relaxed. */
export function handle(name) {
  const db = new Dexie(`dexie/${name}`);
  db.version(1).stores(STORES);
  return db;
}

/** An open one, made anew. */
export async function fresh(name) {
  await Dexie.delete(`dexie/${name}`);
  return handle(name).open();
}

/** The key of a message. */
export const key = ({ conversationId, timestamp, id }) => [conversationId, timestamp, id];

/** All of a group's messages up to a time. */
export const upTo = (db, group, time = Dexie.maxKey) =>
  db.messages
    .where("[conversationId+timestamp+id]")
    .between([group, Dexie.minKey, Dexie.minKey], [group, time, Dexie.maxKey], true, true);

/** Fills it, in parts. */
export async function fill(db, messages, size = 20_000) {
  for (let at = 0; at < messages.length; at += size) await db.messages.bulkPut(messages.slice(at, at + size));
}

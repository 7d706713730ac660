// The Dexie side. It follows Dexie's documentation: bulk calls, the sort order as the primary key, an index on the id.

import { Dexie } from "/dexie/dexie.mjs";

export { Dexie };

const STORES = { messages: "[conversationId+timestamp+id], id", conversations: "[conversationType+conversationId]" };

/** Defines a database. Both sides use Chromium's default durability, which is relaxed. */
export function handle(name) {
  const db = new Dexie(`dexie/${name}`);
  db.version(1).stores(STORES);
  return db;
}

/** Deletes the database and opens a new one. */
export async function fresh(name) {
  await Dexie.delete(`dexie/${name}`);
  return handle(name).open();
}

/** The primary key of a message. */
export const key = ({ conversationId, timestamp, id }) => [conversationId, timestamp, id];

/** A query for a group's messages up to a time. */
export const upTo = (db, group, time = Dexie.maxKey) =>
  db.messages
    .where("[conversationId+timestamp+id]")
    .between([group, Dexie.minKey, Dexie.minKey], [group, time, Dexie.maxKey], true, true);

/** Stores messages in batches. */
export async function fill(db, messages, size = 20_000) {
  for (let i = 0; i < messages.length; i += size) await db.messages.bulkPut(messages.slice(i, i + size));
}

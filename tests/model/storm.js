// A page that writes all the time: it fetches pages, walks the list, removes messages, and is told of what others do,
// until it is killed. What it asked for and what was done it reports at once.

import { Random } from "./random.mjs";

export async function storm(client, { seed, conversations, lanes }) {
  const random = new Random(seed);
  /** What each conversation was seen to hold. */
  const seen = new Map(conversations.map((conversation) => [conversation, new Map()]));
  let asked = 0;

  async function fetchPage(conversation) {
    const options = { ...conversation, pageSize: random.pick([5, 20, 50]), searchDirection: random.pick(["up", "down"]) };
    const anchor = random.pick([...seen.get(conversation).keys()]);
    if (anchor && random.chance(0.5)) options.startMsgId = anchor;
    if (random.chance(0.1)) options.from = conversation.conversationId;
    const { messages } = await client.fetchHistoryMessages(options);
    for (const { id, timestamp } of messages) seen.get(conversation).set(id, timestamp);
  }

  async function remove(conversation) {
    const known = [...seen.get(conversation)].sort(([, a], [, b]) => a - b);
    if (known.length === 0) return;
    const what = random.chance(0.1)
      ? { time: known[Math.floor(known.length / 4)][1] }
      : { msgIdList: random.some(known, random.int(1, 4)).map(([id]) => id) };
    const number = (asked += 1);
    void window.report("asked", { number, conversation, what });
    await client.removeMessagesFromServer({ ...conversation, ...what });
    void window.report("done", number);
    for (const [id, timestamp] of known) if (what.msgIdList?.includes(id) || timestamp <= what.time) seen.get(conversation).delete(id);
  }

  async function walkList() {
    let cursor;
    do {
      ({ cursor } = await client.fetchConversationsFromServer({ pageSize: 2, ...(cursor && { cursor }) }));
    } while (cursor);
  }

  async function lane() {
    for (;;) {
      const conversation = random.pick(conversations);
      await random.weighted([[6, fetchPage], [3, remove], [1, walkList]])(conversation);
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane));
}

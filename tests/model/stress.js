// Endless concurrent work for a page that the test kills: fetching pages, walking the list, removing messages. The page
// reports each removal when it starts and when it is done.

import { Random } from "/support/random.mjs";

export async function runStress(client, { seed, conversations, workers }) {
  const random = new Random(seed);
  /** The timestamps of the messages that were fetched, by id, for each conversation. */
  const fetched = new Map(conversations.map((conversation) => [conversation, new Map()]));
  let removals = 0;

  async function fetchPage(conversation) {
    const options = { ...conversation, pageSize: random.pick([5, 20, 50]), searchDirection: random.pick(["up", "down"]) };
    const anchor = random.pick([...fetched.get(conversation).keys()]);
    if (anchor && random.chance(0.5)) options.startMsgId = anchor;
    if (random.chance(0.1)) options.from = conversation.conversationId;
    const { messages } = await client.fetchHistoryMessages(options);
    for (const { id, timestamp } of messages) fetched.get(conversation).set(id, timestamp);
  }

  async function remove(conversation) {
    const known = [...fetched.get(conversation)].sort(([, a], [, b]) => a - b);
    if (known.length === 0) return;
    const removal = random.chance(0.1)
      ? { time: known[Math.floor(known.length / 4)][1] }
      : { msgIdList: random.sample(known, random.int(1, 4)).map(([id]) => id) };
    const number = (removals += 1);
    void window.report("removalStarted", { number, conversation, removal });
    await client.removeMessagesFromServer({ ...conversation, ...removal });
    void window.report("removalDone", number);
    for (const [id, timestamp] of known) {
      if (removal.msgIdList?.includes(id) || timestamp <= removal.time) fetched.get(conversation).delete(id);
    }
  }

  async function walkList() {
    let cursor;
    do {
      ({ cursor } = await client.fetchConversationsFromServer({ pageSize: 2, ...(cursor && { cursor }) }));
    } while (cursor);
  }

  async function worker() {
    for (;;) {
      const conversation = random.pick(conversations);
      await random.weighted([[6, fetchPage], [3, remove], [1, walkList]])(conversation);
    }
  }
  await Promise.all(Array.from({ length: workers }, worker));
}

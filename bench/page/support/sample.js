// The messages of the benchmarks: public `Message` objects with real texts.

// Ids are as large as the service's, and grow with time like them.
const FIRST_ID = 1_287_352_953_124_029_520n;
const ID_STEP = 1_000_003n;

let lines;

/** Loads the texts: `{ ts, from, text }`, ordered by time. */
export async function load() {
  lines ??= await (await fetch("/built/sample.json")).json();
}

/** Creates the messages with the numbers `from` to `to` of a group, oldest first. The texts repeat if there are too few. */
export function messages(group, from, to) {
  const cycle = lines.at(-1).ts - lines[0].ts + 1000;
  return Array.from({ length: to - from }, (_, i) => {
    const n = from + i;
    const { ts, from: sender, text } = lines[n % lines.length];
    return {
      id: String(FIRST_ID + BigInt(n) * ID_STEP),
      conversationId: group,
      conversationType: "groupChat",
      from: sender,
      to: group,
      timestamp: ts + Math.floor(n / lines.length) * cycle,
      direction: "receive",
      body: { type: "txt", msg: text },
      ext: {},
    };
  });
}

/** Creates the list entry of a group. */
export function conversation(lastMessage) {
  const { conversationId, conversationType } = lastMessage;
  return { conversationId, conversationType, lastMessage, unreadCount: 0, isPinned: false, pinnedTime: 0, marks: [] };
}

/** Splits a list, oldest first, into pages that start at its newest end. */
export function splitIntoPages(list, size) {
  const newestFirst = list.toReversed();
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) => newestFirst.slice(i * size, (i + 1) * size));
}

/** Fails unless both lists contain the same messages. */
export function assertSame(roamkit, other) {
  const ids = (list) => list.map(({ id }) => id).join();
  if (ids(roamkit) !== ids(other)) throw new Error(`different messages: ${ids(roamkit)} and ${ids(other)}`);
}

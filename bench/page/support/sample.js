// The messages: public `Message` objects, as the SDK keeps them.

// As large as the service's, and growing with time, as the service's do.
const FIRST_ID = 1_287_352_953_124_029_520n;
const ID_STEP = 1_000_003n;

let lines;

/** Loads what was said; `{ ts, from, text }` in the order of time. */
export async function load() {
  lines ??= await (await fetch("/built/sample.json")).json();
}

/** Messages `from` to `to` of what was said, in that group, oldest first; said again and again if need be. */
export function messages(group, from, to) {
  const cycle = lines.at(-1).ts - lines[0].ts + 1000;
  return Array.from({ length: to - from }, (_, at) => {
    const n = from + at;
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

/** A group as the list shows it. */
export function conversation(lastMessage) {
  const { conversationId, conversationType } = lastMessage;
  return { conversationId, conversationType, lastMessage, unreadCount: 0, isPinned: false, pinnedTime: 0, marks: [] };
}

/** Cuts a list, oldest first, into the pages of a walk from its newest end. */
export function walk(list, size) {
  const newestFirst = list.toReversed();
  return Array.from({ length: Math.ceil(list.length / size) }, (_, at) => newestFirst.slice(at * size, (at + 1) * size));
}

/** Both sides must have done the same: compares ids. */
export function same(ours, theirs) {
  const ids = (list) => list.map(({ id }) => id).join();
  if (ids(ours) !== ids(theirs)) throw new Error(`not the same messages: ${ids(ours)} and ${ids(theirs)}`);
}

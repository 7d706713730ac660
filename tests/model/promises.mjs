// The promises of the local copy, held against what the server shows.

import { inOrder, keyOf } from "./truth.mjs";

const show = ({ id, timestamp, said }) => `${id} (${timestamp}, ${said})`;

/** What a device may lag behind in, as of a moment; taken before its copy is read. */
export class Lag {
  constructor(device, quiet = false) {
    this.device = device;
    this.tick = device.tick;
    this.truth = device.world.truth;
    this.quiet = quiet;
  }

  /** The server has it; the device need not have heard of it. */
  mayMiss(message) {
    return !this.quiet && this.truth.fresh.has(message.id) && !(this.device.told.get(message.id) <= this.tick);
  }

  /** A removal took effect on the device: it must not be shown. */
  removed(message, conversation) {
    return this.device.hasRemoved(message, conversation, this.tick);
  }
}

/** Promise 1, and nothing that never was there: what a page may show at all. */
export function checkShown(lag, conversation, messages, where) {
  const { truth } = lag;
  for (const message of messages) {
    const known = truth.messages.get(message.id);
    if (!known) throw new Error(`${where}: ${show(message)} was never there`);
    if (message.conversationId !== conversation.conversationId) throw new Error(`${where}: ${show(message)} stands elsewhere`);
    if (lag.removed(known, conversation)) throw new Error(`${where}: ${show(message)} was removed, and is shown`);
    if (lag.quiet && !truth.isVisible(message.id)) throw new Error(`${where}: ${show(message)} is not on the server`);
    const { said, ...place } = message;
    const { said: theirs, ...there } = known;
    const same = Object.keys(place).every((field) => place[field] === there[field]);
    if (!same) throw new Error(`${where}: ${JSON.stringify(message)} is not ${JSON.stringify(known)}`);
    if (said !== theirs && (lag.quiet || !truth.edited.has(message.id))) {
      throw new Error(`${where}: ${show(message)} says ${JSON.stringify(theirs)} on the server`);
    }
  }
}

/** Promises 2 and 3 for a page of the local copy. */
export function checkPage(lag, conversation, page, where) {
  const { messages, anchor, searchDirection, isLast, complete } = page;
  const { truth } = lag;
  checkShown(lag, conversation, messages, where);
  const up = searchDirection === "up";
  /** Whether `a` comes before `b` on the walk. */
  const before = (a, b) => (up ? inOrder(a, b) > 0 : inOrder(a, b) < 0);
  const walked = anchor ? [truth.messages.get(anchor), ...messages] : messages;
  for (let at = 1; at < walked.length; at += 1) {
    if (!before(walked[at - 1], walked[at])) throw new Error(`${where}: ${show(walked[at])} is out of order`);
  }
  const last = walked.at(-1);
  const shown = new Set(messages.map(({ id }) => id));
  for (const message of truth.visible(conversation)) {
    if (shown.has(message.id) || lag.mayMiss(message)) continue;
    const inside = (!anchor || before(walked[0], message)) && last && before(message, last);
    const beyond = message.id !== anchor && (!last || before(last, message));
    if (complete && inside) throw new Error(`${where}: a complete page misses ${show(message)}`);
    if (isLast && beyond) throw new Error(`${where}: the last page is not: ${show(message)} comes after`);
  }
}

/** What a tab's reading of its local copy must be at any time. */
export function checkReading(lag, asked, { conversations, histories }, where) {
  asked.forEach(({ conversation }, at) => {
    for (const page of histories[at]) {
      const { anchor, searchDirection, pageSize } = page;
      checkPage(lag, conversation, page, `${where}: ${keyOf(conversation)} ${searchDirection} ${pageSize} from ${anchor}`);
    }
  });
  for (const conversation of conversations) {
    const { last } = conversation;
    if (!last) continue;
    const known = lag.truth.messages.get(last.id);
    if (!known) throw new Error(`${where}: the list shows ${show(last)}, which never was there`);
    if (lag.removed(known, conversation)) throw new Error(`${where}: the list shows ${show(last)}, which was removed`);
  }
}

/** After a walk over all of the server's pages the copy is the whole history, and says so. */
export function checkWhole(truth, conversation, pages, where) {
  if (!pages.every(({ complete }) => complete)) throw new Error(`${where}: the whole copy is not complete`);
  const visible = truth.visible(conversation);
  const up = pages[0].searchDirection === "up";
  const want = (up ? [...visible].reverse() : visible).map(show);
  const got = pages.flatMap(({ messages }) => messages).map(show);
  const differs = want.length === got.length ? want.findIndex((message, at) => message !== got[at]) : 0;
  if (want.length !== got.length || differs >= 0) {
    throw new Error(`${where}: the copy is not the server's:\n got ${got.join(", ")}\nwant ${want.join(", ")}`);
  }
  if (!pages.at(-1).isLast) throw new Error(`${where}: the whole copy does not know its end`);
}

/** A live message that is the newest of its conversation stands in the list. */
export function checkNewsInList(device, theirs, ours, where) {
  const listed = new Map(ours.map((conversation) => [keyOf(conversation), conversation]));
  for (const conversation of theirs) {
    const { lastId } = conversation;
    if (!device.world.truth.fresh.has(lastId) || !device.told.has(lastId)) continue;
    const entry = listed.get(keyOf(conversation));
    // Where a removal left nothing of it here, the last message is unknown until it is fetched.
    if (entry && !entry.last) continue;
    const last = entry?.last?.id;
    if (last !== lastId) throw new Error(`${where}: ${keyOf(conversation)} shows ${last} in the list, not ${lastId}`);
  }
}

/** After a walk through the server's list the copy's list is the same. */
export function checkList(theirs, ours, where) {
  const line = (conversation, lastId) => `${keyOf(conversation)} ${lastId ?? "-"} unread ${conversation.unreadCount}`;
  const want = theirs.map((conversation) => line(conversation, conversation.lastId));
  const got = ours.map((conversation) => line(conversation, conversation.last?.id));
  // Where no message is left nothing says where a conversation stands in the order.
  const told = (lines) => [...lines.filter((text) => !text.includes(" - ")), ...lines.filter((text) => text.includes(" - ")).sort()];
  if (told(want).join() !== told(got).join()) {
    throw new Error(`${where}: the list is not the server's:\n got ${got.join(", ")}\nwant ${want.join(", ")}`);
  }
}

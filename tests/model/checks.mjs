// Compares what a tab reads from its local copy with the server's state. The numbers are those of the promises in
// docs/local-copy.md.

import { compareMessages, conversationKey } from "../support/conversations.mjs";

const describe = ({ id, timestamp, content }) => `${id} (${timestamp}, ${content})`;

/**
 * The events that a device has received at one moment. It is taken before the local copy is read, because events that
 * arrive during the read need not show in it yet.
 */
export class DeviceSnapshot {
  /** @param {boolean} settled whether the device must have received everything */
  constructor(device, settled = false) {
    this.device = device;
    this.tick = device.tick;
    this.serverState = device.fixture.serverState;
    this.settled = settled;
  }

  /** Returns whether the device may not have received the message yet. */
  mayMiss(message) {
    const received = this.device.receivedAt.get(message.id) <= this.tick;
    return !this.settled && this.serverState.unsettled.has(message.id) && !received;
  }

  /** Returns whether a removal of the message had taken effect on the device. */
  hasRemoved(message, conversation) {
    return this.device.hasRemoved(message, conversation, this.tick);
  }
}

/** Promise 1: no removed message is shown. Also, every message is one that the server has or had. */
export function checkMessages(snapshot, conversation, messages, where) {
  const { serverState, settled } = snapshot;
  for (const message of messages) {
    const expected = serverState.messages.get(message.id);
    if (!expected) throw new Error(`${where}: ${describe(message)} never existed`);
    if (message.conversationId !== conversation.conversationId) {
      throw new Error(`${where}: ${describe(message)} belongs to another conversation`);
    }
    if (snapshot.hasRemoved(expected, conversation)) throw new Error(`${where}: ${describe(message)} was removed, and is shown`);
    if (settled && !serverState.isVisible(message.id)) throw new Error(`${where}: ${describe(message)} is not on the server`);
    const { content, ...fixed } = message;
    const { content: expectedContent, ...expectedFixed } = expected;
    const same = Object.keys(fixed).every((field) => fixed[field] === expectedFixed[field]);
    if (!same) throw new Error(`${where}: ${JSON.stringify(message)} is not ${JSON.stringify(expected)}`);
    if (content !== expectedContent && (settled || !serverState.edited.has(message.id))) {
      throw new Error(`${where}: the content of ${describe(message)} is ${JSON.stringify(expectedContent)} on the server`);
    }
  }
}

/** Promises 2 and 3 for a page of the local copy: no silent gap, same as the server. */
export function checkPage(snapshot, conversation, page, where) {
  const { messages, anchor, searchDirection, isLast, complete } = page;
  const { serverState } = snapshot;
  checkMessages(snapshot, conversation, messages, where);
  const up = searchDirection === "up";
  /** Returns whether the walk meets `a` before `b`. */
  const precedes = (a, b) => (up ? compareMessages(a, b) > 0 : compareMessages(a, b) < 0);
  const walked = anchor ? [serverState.messages.get(anchor), ...messages] : messages;
  for (let i = 1; i < walked.length; i += 1) {
    if (!precedes(walked[i - 1], walked[i])) throw new Error(`${where}: ${describe(walked[i])} is out of order`);
  }
  const last = walked.at(-1);
  const shown = new Set(messages.map(({ id }) => id));
  for (const message of serverState.visible(conversation)) {
    if (shown.has(message.id) || snapshot.mayMiss(message)) continue;
    const inside = (!anchor || precedes(walked[0], message)) && last && precedes(message, last);
    const beyond = message.id !== anchor && (!last || precedes(last, message));
    if (complete && inside) throw new Error(`${where}: a complete page misses ${describe(message)}`);
    if (isLast && beyond) throw new Error(`${where}: the last page is followed by ${describe(message)}`);
  }
}

/** Checks everything that a tab read from its local copy. It holds at any time. */
export function checkReading(snapshot, requests, { conversations, histories }, where) {
  requests.forEach(({ conversation }, i) => {
    for (const page of histories[i]) {
      const { anchor, searchDirection, pageSize } = page;
      const description = `${conversationKey(conversation)} ${searchDirection} ${pageSize} from ${anchor}`;
      checkPage(snapshot, conversation, page, `${where}: ${description}`);
    }
  });
  for (const conversation of conversations) {
    const { last } = conversation;
    if (!last) continue;
    const expected = snapshot.serverState.messages.get(last.id);
    if (!expected) throw new Error(`${where}: the list shows ${describe(last)}, which never existed`);
    if (snapshot.hasRemoved(expected, conversation)) throw new Error(`${where}: the list shows ${describe(last)}, which was removed`);
  }
}

/** After all pages were fetched from the server: the copy equals the server's history and reports itself as complete. */
export function checkWholeHistory(serverState, conversation, pages, where) {
  if (!pages.every(({ complete }) => complete)) throw new Error(`${where}: the whole copy is not complete`);
  const visible = serverState.visible(conversation);
  const up = pages[0].searchDirection === "up";
  const expected = (up ? [...visible].reverse() : visible).map(describe);
  const actual = pages.flatMap(({ messages }) => messages).map(describe);
  const differs = expected.length === actual.length ? expected.findIndex((message, i) => message !== actual[i]) : 0;
  if (expected.length !== actual.length || differs >= 0) {
    throw new Error(`${where}: the copy is not the server's:\n got ${actual.join(", ")}\nwant ${expected.join(", ")}`);
  }
  if (!pages.at(-1).isLast) throw new Error(`${where}: the whole copy does not report its end`);
}

/** A live message that is the newest of its conversation is the one that the list shows. */
export function checkLastMessages(device, serverList, localList, where) {
  const local = new Map(localList.map((conversation) => [conversationKey(conversation), conversation]));
  for (const conversation of serverList) {
    const { lastId } = conversation;
    if (!device.fixture.serverState.unsettled.has(lastId) || !device.receivedAt.has(lastId)) continue;
    const entry = local.get(conversationKey(conversation));
    // After a removal of all local messages, the last message is unknown until it is fetched.
    if (entry && !entry.last) continue;
    const last = entry?.last?.id;
    if (last !== lastId) throw new Error(`${where}: ${conversationKey(conversation)} shows ${last} in the list, not ${lastId}`);
  }
}

/** The conversations on both lists whose unread counts differ. */
export function differingUnreadCounts(serverList, localList) {
  const local = new Map(localList.map((conversation) => [conversationKey(conversation), conversation.unreadCount]));
  return serverList
    .map((conversation) => ({ key: conversationKey(conversation), count: conversation.unreadCount }))
    .filter(({ key, count }) => local.has(key) && local.get(key) !== count)
    .map(({ key, count }) => `${key} ${local.get(key)}, on the server ${count}`);
}

/** After the server's list was fetched to its end: the copy's list is the same. */
export function checkList(serverList, localList, where) {
  const line = (conversation, lastId) => `${conversationKey(conversation)} ${lastId ?? "-"} unread ${conversation.unreadCount}`;
  const expected = serverList.map((conversation) => line(conversation, conversation.lastId));
  const actual = localList.map((conversation) => line(conversation, conversation.last?.id));
  // The order of conversations without a message is undefined.
  const normalize = (lines) => [
    ...lines.filter((text) => !text.includes(" - ")),
    ...lines.filter((text) => text.includes(" - ")).sort(),
  ];
  if (normalize(expected).join() !== normalize(actual).join()) {
    throw new Error(`${where}: the list is not the server's:\n got ${actual.join(", ")}\nwant ${expected.join(", ")}`);
  }
}

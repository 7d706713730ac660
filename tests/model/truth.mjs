// What the server shows to the user, conversation by conversation, as it stands between two steps.

import assert from "node:assert/strict";

/** Names a conversation in maps. */
export const keyOf = ({ conversationId, conversationType }) => `${conversationType}:${conversationId}`;

/** The order of a history: by time, then by id. */
export function inOrder(a, b) {
  return a.timestamp - b.timestamp || a.id.length - b.id.length || (a.id < b.id ? -1 : Number(a.id > b.id));
}

export class Truth {
  #service;
  #visible = new Map();
  #known = new Map();
  #stale = new Set();
  /** Every message ever seen, by id. */
  messages = new Map();
  /** Ids that came since all was quiet: a device may not have heard of them yet. */
  fresh = new Set();
  /** Ids whose content changed since all was quiet. */
  edited = new Set();

  constructor(service, conversations) {
    this.#service = service;
    this.conversations = conversations;
    for (const conversation of conversations) {
      this.#visible.set(keyOf(conversation), []);
      this.#known.set(keyOf(conversation), []);
      this.#stale.add(keyOf(conversation));
    }
  }

  /** The server's word on a conversation has changed. */
  changed(conversation) {
    this.#stale.add(keyOf(conversation));
  }

  /** A message was sent: it is known of, whether or not it is still there when the server is asked. */
  sent(conversation, message) {
    this.fresh.add(message.id);
    this.messages.set(message.id, { direction: "receive", conversationId: conversation.conversationId, ...message });
    this.#known.get(keyOf(conversation)).push(this.messages.get(message.id));
    this.changed(conversation);
  }

  changedAll() {
    this.conversations.forEach((conversation) => this.changed(conversation));
  }

  /** Asks the server again where something changed. */
  async refresh() {
    for (const conversation of this.conversations) {
      const key = keyOf(conversation);
      if (!this.#stale.delete(key)) continue;
      const visible = await this.#service.history(conversation);
      this.#visible.set(key, visible);
      const known = this.#known.get(key);
      for (const message of visible) {
        // What was sent stands there as it was sent; what it says may have been edited.
        const { said, ...place } = message;
        const { said: before, ...sent } = this.messages.get(message.id);
        assert.deepEqual(place, sent, "the server has another message than was sent");
        assert.ok(said === before || this.edited.has(message.id), `${message.id} says ${said}, not ${before}`);
        this.messages.get(message.id).said = said;
      }
      known.sort(inOrder);
    }
    this.ids = new Set([...this.#visible.values()].flat().map(({ id }) => id));
  }

  /** Oldest first. */
  visible(conversation) {
    return this.#visible.get(keyOf(conversation));
  }

  /** Also what was removed since. */
  known(conversation) {
    return this.#known.get(keyOf(conversation));
  }

  isVisible(id) {
    return this.ids.has(id);
  }

  /** The page that the server's own rules give for options of `fetchHistoryMessages`. */
  page(options) {
    const { pageSize = 20, startMsgId, searchDirection = "up", from, msgTypes, startTime, endTime } = options;
    const up = searchDirection === "up";
    const anchor = startMsgId && this.messages.get(startMsgId);
    const fits = (message) =>
      (!anchor || (up ? inOrder(message, anchor) < 0 : inOrder(message, anchor) > 0)) &&
      (!from || message.from === from) &&
      (!msgTypes?.length || msgTypes.includes(message.said.split(":", 1)[0])) &&
      (!startTime || message.timestamp >= startTime) &&
      (!endTime || message.timestamp <= endTime);
    const all = this.visible(options).filter(fits);
    if (up) all.reverse();
    return { messages: all.slice(0, pageSize), isLast: all.length <= pageSize };
  }
}

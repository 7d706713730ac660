// The server's state as the user sees it. Tests compare local copies with it.

import assert from "node:assert/strict";

import { compareMessages, conversationKey } from "../support/conversations.mjs";

export class ServerState {
  #userRest;
  #visible = new Map();
  #known = new Map();
  #stale = new Set();
  /** Every message that was ever sent, by id. */
  messages = new Map();
  /** Ids of messages sent since the devices last settled. A device may not have received them yet. */
  unsettled = new Set();
  /** Ids of messages edited since the devices last settled. */
  edited = new Set();

  constructor(userRest, conversations) {
    this.#userRest = userRest;
    this.conversations = conversations;
    for (const conversation of conversations) {
      this.#visible.set(conversationKey(conversation), []);
      this.#known.set(conversationKey(conversation), []);
      this.#stale.add(conversationKey(conversation));
    }
  }

  /** Notes that a conversation has changed on the server. */
  invalidate(conversation) {
    this.#stale.add(conversationKey(conversation));
  }

  invalidateAll() {
    this.conversations.forEach((conversation) => this.invalidate(conversation));
  }

  /** Records a sent message. It stays known even if the server no longer has it at the next refresh. */
  recordSent(conversation, message) {
    this.unsettled.add(message.id);
    this.messages.set(message.id, { direction: "receive", conversationId: conversation.conversationId, ...message });
    this.#known.get(conversationKey(conversation)).push(this.messages.get(message.id));
    this.invalidate(conversation);
  }

  /** Fetches the conversations that have changed. */
  async refresh() {
    for (const conversation of this.conversations) {
      const key = conversationKey(conversation);
      if (!this.#stale.delete(key)) continue;
      const visible = await this.#userRest.history(conversation);
      this.#visible.set(key, visible);
      const known = this.#known.get(key);
      for (const message of visible) {
        // Only the content of a message can change, by an edit.
        const { content, ...fixed } = message;
        const { content: sentContent, ...sentFixed } = this.messages.get(message.id);
        assert.deepEqual(fixed, sentFixed, "the server has another message than was sent");
        const wasEdited = this.edited.has(message.id);
        assert.ok(content === sentContent || wasEdited, `the content of ${message.id} is ${content}, not ${sentContent}`);
        this.messages.get(message.id).content = content;
      }
      known.sort(compareMessages);
    }
    this.ids = new Set([...this.#visible.values()].flat().map(({ id }) => id));
  }

  /** The messages that the server shows, oldest first. */
  visible(conversation) {
    return this.#visible.get(conversationKey(conversation));
  }

  /** All messages that were ever sent, oldest first. */
  known(conversation) {
    return this.#known.get(conversationKey(conversation));
  }

  isVisible(id) {
    return this.ids.has(id);
  }

  /** The page that the server must return for these options of `fetchHistoryMessages`. */
  page(options) {
    const { pageSize = 20, startMsgId, searchDirection = "up", from, msgTypes, startTime, endTime } = options;
    const up = searchDirection === "up";
    const anchor = startMsgId && this.messages.get(startMsgId);
    const matches = (message) =>
      (!anchor || (up ? compareMessages(message, anchor) < 0 : compareMessages(message, anchor) > 0)) &&
      (!from || message.from === from) &&
      (!msgTypes?.length || msgTypes.includes(message.content.split(":", 1)[0])) &&
      (!startTime || message.timestamp >= startTime) &&
      (!endTime || message.timestamp <= endTime);
    const all = this.visible(options).filter(matches);
    if (up) all.reverse();
    return { messages: all.slice(0, pageSize), isLast: all.length <= pageSize };
  }
}

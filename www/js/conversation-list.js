// The conversation list, a listbox.

import { el, icon, reconcile } from "./dom.js";
import { isSame } from "./device.js";
import { conversationTitle, exactTime, preview, shortTime, userName } from "./format.js";
import { t } from "./i18n.js";
import { avatar } from "./message-view.js";
import { rovingTabindex } from "./roving-tabindex.js";

export class ConversationList {
  /** Called with the conversation that the user opens. */
  onOpen = () => {};
  #list;
  #empty;
  #user;
  #roving;
  #rows = new Map();
  #conversations = [];
  #open;

  constructor(list, empty, user) {
    this.#list = list;
    this.#empty = empty;
    this.#user = user;
    this.#roving = rovingTabindex(list, '[role="option"]');
    list.addEventListener("click", (event) => this.#choose(event.target));
    list.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      this.#choose(event.target);
    });
  }

  get size() {
    return this.#conversations.length;
  }

  find(id) {
    return this.#conversations.find((conversation) => isSame(conversation, id));
  }

  show(conversations, emptyText) {
    this.#conversations = [...conversations].sort(pinnedFirst);
    const rows = this.#conversations.map((conversation) => this.#row(conversation));
    this.#rows = new Map(this.#conversations.map((conversation, i) => [keyOf(conversation), rows[i]]));
    reconcile(this.#list, rows.map(({ element }) => element));
    this.#empty.textContent = emptyText;
    this.#empty.hidden = rows.length > 0;
    this.#list.hidden = rows.length === 0;
    this.#mark();
    this.#roving.ensureTabStop();
  }

  /** Marks the open conversation. */
  setOpen(conversation) {
    this.#open = conversation;
    this.#mark();
  }

  focusOpen() {
    const row = this.#open && this.#rows.get(keyOf(this.#open));
    const target = row?.element ?? this.#list.querySelector('[role="option"]');
    if (target) this.#roving.focusOn(target);
  }

  #choose(target) {
    const key = target.closest('[role="option"]')?.dataset.key;
    const chosen = this.#conversations.find((conversation) => keyOf(conversation) === key);
    if (chosen) this.onOpen(chosen);
  }

  #mark() {
    const open = this.#open && keyOf(this.#open);
    for (const [key, { element }] of this.#rows) element.ariaSelected = String(key === open);
  }

  /** Returns the conversation's row. Its content is replaced only if it has changed. */
  #row(conversation) {
    const content = JSON.stringify([conversation, shortTime(conversation.lastMessage?.timestamp ?? 0)]);
    const row = this.#rows.get(keyOf(conversation)) ?? { element: emptyRow(conversation) };
    if (row.content === content) return row;
    row.content = content;
    row.element.classList.toggle("pinned", conversation.isPinned);
    row.element.replaceChildren(...parts(conversation, this.#user));
    return row;
  }
}

const keyOf = ({ conversationId, conversationType }) => `${conversationType}:${conversationId}`;

function pinnedFirst(a, b) {
  if (a.isPinned !== b.isPinned) return a.isPinned ? -1 : 1;
  return (b.lastMessage?.timestamp ?? 0) - (a.lastMessage?.timestamp ?? 0);
}

const emptyRow = (conversation) =>
  el("li", {
    class: "conversation",
    role: "option",
    tabindex: "-1",
    "data-key": keyOf(conversation),
    "data-conversation": conversation.conversationId,
  });

function parts(conversation, user) {
  const { conversationId, conversationType, lastMessage, unreadCount, isPinned } = conversation;
  const group = conversationType !== "singleChat";
  return [
    avatar(conversationId, group),
    el(
      "div",
      { class: "conversation-text" },
      el(
        "div",
        { class: "conversation-line" },
        el("span", { class: "conversation-title", dir: "auto" }, conversationTitle(conversation)),
        lastMessage
          ? el("time", { title: exactTime(lastMessage.timestamp) }, shortTime(lastMessage.timestamp))
          : null,
      ),
      el(
        "div",
        { class: "conversation-line" },
        el("span", { class: "conversation-preview", dir: "auto" }, previewOf(lastMessage, group, user)),
        isPinned ? el("span", { class: "pin", role: "img", "aria-label": t("pinned") }, icon("pinned")) : null,
        unreadCount > 0
          ? el("span", { class: "badge", role: "img", "aria-label": t("unread", unreadCount) }, unreadCount > 99 ? "99+" : String(unreadCount))
          : null,
      ),
    ),
  ];
}

function previewOf(message, group, user) {
  if (!message) return t("noMessage");
  const text = preview(message.body);
  if (message.from === user) return `${t("you")}: ${text}`;
  return group ? `${userName(message.from)}: ${text}` : text;
}

// What happened on a device, in words, newest on top.

import { el, icon } from "./dom.js";
import { clock, exactTime } from "./format.js";
import { t } from "./i18n.js";

const KEPT = 200;
/** Events that were not asked for here: they came from the server. */
const ICONS = {
  connected: "network",
  disconnected: "offline",
  openedLocal: "offline",
  messageReceived: "message",
  messageRemoved: "trash",
  conversationDeleted: "trash",
  conversationsChanged: "list",
  tokenWillExpire: "clock",
  tokenExpired: "clock",
  error: "warning",
};

export class EventLog {
  #list;
  #empty;
  #count;
  #total = 0;

  constructor(list, empty, count) {
    this.#list = list;
    this.#empty = empty;
    this.#count = count;
  }

  add(name, words) {
    const now = Date.now();
    this.#list.prepend(
      el(
        "li",
        { class: name in ICONS ? "event" : "event own-doing", "data-event": name },
        el("time", { title: exactTime(now) }, clock(now)),
        icon(ICONS[name] ?? "hand"),
        el("span", { dir: "auto" }, el("span", { class: "event-name" }, name), " ", words),
      ),
    );
    while (this.#list.children.length > KEPT) this.#list.lastElementChild.remove();
    this.#empty.hidden = true;
    this.#total += 1;
    this.#count.textContent = String(this.#total);
    this.#count.hidden = false;
    this.#count.title = t("events");
  }
}

// The log of a device's events, newest first.

import { el, icon } from "./dom.js";
import { clock, exactTime } from "./format.js";
import { t } from "./i18n.js";

const MAX_ENTRIES = 200;
/** Icons by event. An entry without one is an action of this device. */
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

  add(name, text) {
    const now = Date.now();
    this.#list.prepend(
      el(
        "li",
        { class: name in ICONS ? "event" : "event own-action", "data-event": name },
        el("time", { title: exactTime(now) }, clock(now)),
        icon(ICONS[name] ?? "hand"),
        el("span", { dir: "auto" }, el("span", { class: "event-name" }, name), " ", text),
      ),
    );
    while (this.#list.children.length > MAX_ENTRIES) this.#list.lastElementChild.remove();
    this.#empty.hidden = true;
    this.#total += 1;
    this.#count.textContent = String(this.#total);
    this.#count.hidden = false;
    this.#count.title = t("events");
  }
}

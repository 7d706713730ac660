// The run of messages as elements, between two spaces as high as what is not loaded: the scrollbar is that of the
// whole history, and the page holds only what is near.

import { el, reconcile } from "./dom.js";
import { dayKey, dayName } from "./format.js";
import { t } from "./i18n.js";
import { messageRow } from "./message-view.js";

/** Messages of one sender this close stand together. */
const TOGETHER = 5 * 60_000;
/** Browsers end at some 33 million pixels. */
const HIGHEST = 20_000_000;

export class HistoryRows {
  #scroller;
  #list;
  #above;
  #below;
  #rows = new Map();
  #window;
  /** How high a message is, on the whole; once known it stays, so that nothing moves by itself. */
  #mean;
  #held;

  constructor(scroller, list, above, below) {
    this.#scroller = scroller;
    this.#list = list;
    this.#above = above;
    this.#below = below;
  }

  /** Another conversation: its messages may be higher. */
  forget() {
    this.#mean = undefined;
  }

  rowOf(id) {
    return this.#rows.get(id);
  }

  /** Brings the page to what the window holds; `hold` then puts what the person looks at where it was. */
  show(window) {
    this.#held = this.#anchor(window);
    this.#window = window;
    const rows = [];
    const seen = new Map();
    let before;
    let dayBefore;
    for (const message of window.messages) {
      const day = dayKey(message.timestamp);
      const newDay = day !== dayBefore;
      if (newDay) rows.push(this.#keep(seen, `day ${day}`, () => dayRow(message.timestamp)));
      const unsure = window.unsure.has(message.id);
      const gap = unsure && !(before && window.unsure.has(before.id));
      if (gap) rows.push(this.#keep(seen, `gap ${message.id}`, gapRow));
      const row = this.#keep(seen, message.id, () => messageRow(message));
      row.classList.toggle("unsure", unsure);
      row.classList.toggle("follows", !newDay && !gap && standTogether(before, message));
      rows.push(row);
      before = message;
      dayBefore = day;
    }
    this.#rows = seen;
    reconcile(this.#list, rows);
    this.#makeSpace();
  }

  hold() {
    if (!this.#held) return;
    const { row, top } = this.#held;
    this.#held = undefined;
    const moved = row.offsetTop - top;
    if (moved !== 0) this.#scroller.scrollTop += moved;
  }

  /** Pixels that are loaded above and below of what is in sight. */
  beyond() {
    const { scrollTop, clientHeight } = this.#scroller;
    const { offsetTop, offsetHeight } = this.#list;
    return { above: scrollTop - offsetTop, below: offsetTop + offsetHeight - scrollTop - clientHeight };
  }

  /** Whether nothing that is loaded is in sight. */
  isOutOfSight() {
    if (!this.#window || this.#window.messages.length === 0) return false;
    const { above, below } = this.beyond();
    const { clientHeight } = this.#scroller;
    return (this.#window.above > 0 && above < -clientHeight / 2) || (this.#window.below > 0 && below < -clientHeight / 2);
  }

  /** The index, from the oldest message, of what should stand at the top of what is in sight. */
  indexInSight() {
    const { above, messages } = this.#window;
    const { scrollTop } = this.#scroller;
    if (scrollTop < this.#list.offsetTop) return Math.floor(scrollTop / this.#mean);
    const beyond = scrollTop - this.#list.offsetTop - this.#list.offsetHeight;
    return above + messages.length + Math.floor(beyond / this.#mean);
  }

  bringIntoSight(index) {
    const { above, messages } = this.#window;
    const message = messages[Math.max(0, Math.min(messages.length - 1, index - above))];
    this.#scroller.scrollTop = index <= 0 && above === 0 ? 0 : this.#rows.get(message.id).offsetTop;
  }

  #makeSpace() {
    const { above, below, messages } = this.#window;
    if (above + below > 0 && this.#mean === undefined) {
      const mean = this.#list.offsetHeight / messages.length;
      this.#mean = Math.min(mean, HIGHEST / (above + below));
    }
    for (const [space, count] of [[this.#above, above], [this.#below, below]]) {
      const height = count > 0 ? `${Math.round(count * this.#mean)}px` : "0";
      if (space.style.height !== height) space.style.height = height;
    }
  }

  #keep(seen, key, make) {
    const row = this.#rows.get(key) ?? make();
    seen.set(key, row);
    return row;
  }

  /** The first message in sight that stays, and where it stands. */
  #anchor({ messages }) {
    const stays = new Set(messages.map(({ id }) => id));
    const top = this.#scroller.scrollTop;
    for (const row of this.#list.children) {
      if (row.offsetTop + row.offsetHeight > top && stays.has(row.dataset.id)) return { row, top: row.offsetTop };
    }
    return undefined;
  }
}

const dayRow = (ms) => el("li", { class: "day", role: "presentation" }, el("span", {}, dayName(ms)));
const gapRow = () => el("li", { class: "gap", role: "presentation" }, el("span", {}, t("mayMiss")));

const standTogether = (a, b) =>
  a?.from === b.from && b.timestamp - a.timestamp < TOGETHER && a.body?.type !== "cmd" && b.body?.type !== "cmd";

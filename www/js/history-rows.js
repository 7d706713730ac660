// Renders the loaded messages between two spacers. A spacer is as high as the messages that are not loaded, so the
// scrollbar covers the whole history.

import { el, reconcile } from "./dom.js";
import { dayKey, dayName } from "./format.js";
import { t } from "./i18n.js";
import { messageRow } from "./message-view.js";

/** Messages of one sender within this time are grouped. */
const GROUP_MS = 5 * 60_000;
/** The maximum height of a spacer. Browsers limit an element to about 33 million pixels. */
const MAX_HEIGHT = 20_000_000;

export class HistoryRows {
  #scroller;
  #list;
  #above;
  #below;
  #rows = new Map();
  #window;
  /** The mean height of a message. It is measured once, because a change would move the view. */
  #meanHeight;
  #anchor;

  constructor(scroller, list, above, below) {
    this.#scroller = scroller;
    this.#list = list;
    this.#above = above;
    this.#below = below;
  }

  /** Prepares for another conversation, whose messages may have another height. */
  reset() {
    this.#meanHeight = undefined;
  }

  rowOf(id) {
    return this.#rows.get(id);
  }

  /** Renders the messages of the window. `restoreScroll` then moves the view back to the messages it showed before. */
  show(window) {
    this.#anchor = this.#findAnchor(window);
    this.#window = window;
    const rows = [];
    const seen = new Map();
    let previous;
    let previousDay;
    for (const message of window.messages) {
      const day = dayKey(message.timestamp);
      const newDay = day !== previousDay;
      if (newDay) rows.push(this.#reuse(seen, `day ${day}`, () => dayRow(message.timestamp)));
      const uncertain = window.uncertain.has(message.id);
      const gap = uncertain && !(previous && window.uncertain.has(previous.id));
      if (gap) rows.push(this.#reuse(seen, `gap ${message.id}`, gapRow));
      const row = this.#reuse(seen, message.id, () => messageRow(message));
      row.classList.toggle("uncertain", uncertain);
      row.classList.toggle("follows", !newDay && !gap && belongTogether(previous, message));
      rows.push(row);
      previous = message;
      previousDay = day;
    }
    this.#rows = seen;
    reconcile(this.#list, rows);
    this.#resizeSpacers();
  }

  restoreScroll() {
    if (!this.#anchor) return;
    const { row, top } = this.#anchor;
    this.#anchor = undefined;
    const moved = row.offsetTop - top;
    if (moved !== 0) this.#scroller.scrollTop += moved;
  }

  /** The height in pixels of the loaded messages above and below the view. */
  loadedBeyondView() {
    const { scrollTop, clientHeight } = this.#scroller;
    const { offsetTop, offsetHeight } = this.#list;
    return { above: scrollTop - offsetTop, below: offsetTop + offsetHeight - scrollTop - clientHeight };
  }

  /** Returns whether the view shows none of the loaded messages. */
  isOutOfView() {
    if (!this.#window || this.#window.messages.length === 0) return false;
    const { above, below } = this.loadedBeyondView();
    const { clientHeight } = this.#scroller;
    return (this.#window.above > 0 && above < -clientHeight / 2) || (this.#window.below > 0 && below < -clientHeight / 2);
  }

  /** The index, counted from the oldest message, of the message that belongs at the top of the view. */
  indexInView() {
    const { above, messages } = this.#window;
    const { scrollTop } = this.#scroller;
    if (scrollTop < this.#list.offsetTop) return Math.floor(scrollTop / this.#meanHeight);
    const beyond = scrollTop - this.#list.offsetTop - this.#list.offsetHeight;
    return above + messages.length + Math.floor(beyond / this.#meanHeight);
  }

  scrollToIndex(index) {
    const { above, messages } = this.#window;
    const message = messages[Math.max(0, Math.min(messages.length - 1, index - above))];
    this.#scroller.scrollTop = index <= 0 && above === 0 ? 0 : this.#rows.get(message.id).offsetTop;
  }

  #resizeSpacers() {
    const { above, below, messages } = this.#window;
    if (above + below > 0 && this.#meanHeight === undefined) {
      const meanHeight = this.#list.offsetHeight / messages.length;
      this.#meanHeight = Math.min(meanHeight, MAX_HEIGHT / (above + below));
    }
    for (const [space, count] of [[this.#above, above], [this.#below, below]]) {
      const height = count > 0 ? `${Math.round(count * this.#meanHeight)}px` : "0";
      if (space.style.height !== height) space.style.height = height;
    }
  }

  /** Returns the existing row with this key, or creates it. */
  #reuse(seen, key, create) {
    const row = this.#rows.get(key) ?? create();
    seen.set(key, row);
    return row;
  }

  /** Finds the first row in view that will still exist, and its position. */
  #findAnchor({ messages }) {
    const kept = new Set(messages.map(({ id }) => id));
    const top = this.#scroller.scrollTop;
    for (const row of this.#list.children) {
      if (row.offsetTop + row.offsetHeight > top && kept.has(row.dataset.id)) return { row, top: row.offsetTop };
    }
    return undefined;
  }
}

const dayRow = (ms) => el("li", { class: "day", role: "presentation" }, el("span", {}, dayName(ms)));
const gapRow = () => el("li", { class: "gap", role: "presentation" }, el("span", {}, t("mayMiss")));

const belongTogether = (a, b) =>
  a?.from === b.from && b.timestamp - a.timestamp < GROUP_MS && a.body?.type !== "cmd" && b.body?.type !== "cmd";

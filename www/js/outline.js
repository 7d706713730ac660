// How long a history is, as far as this device has it whole, and where in it a message is found: the id before
// every fiftieth, from the newest back. A hundred thousand messages take two thousand ids.

import { HistoryWindow } from "./history-window.js";

/** Pages that are read before the browser may do something else. */
const AT_ONCE = 10;

export class Outline {
  /** Messages that came after it was read. */
  arrived = 0;
  #marks = [];
  #length = 0;

  get length() {
    return this.#length === 0 ? 0 : this.#length + this.arrived;
  }

  /** Reads it by `next(start)`, a page of the local copy, while the browser has time and it `isWanted`. */
  async read(next, isWanted) {
    for (let start; isWanted(); ) {
      const page = await next(start);
      if (!page.complete || page.messages.length === 0) return;
      this.#marks.push({ start, from: this.#length, time: page.messages[0].timestamp });
      this.#length += page.messages.length;
      if (page.isLast || !page.cursor) return;
      start = page.cursor;
      if (this.#marks.length % AT_ONCE === 0) await idle();
    }
  }

  /** About how many messages are newer than that time. */
  newerThan(time) {
    const next = this.#marks.findIndex((mark) => mark.time <= time);
    if (next === 0) return 0;
    const from = next < 0 ? this.#length : this.#marks[next].from;
    return from + this.arrived;
  }

  /**
   * The run of messages around the one with that index, the oldest being 0; undefined where this is not known.
   * `page(start, direction)` reads a page.
   */
  async windowAt(index, page) {
    if (this.#marks.length === 0) return undefined;
    const behind = Math.max(0, this.length - 1 - index - this.arrived);
    const at = this.#marks.findLastIndex((mark) => mark.from <= behind);
    const { start } = this.#marks[at];
    const found = HistoryWindow.of(await page(start, "up"), "up", start === undefined);
    if (found.messages.length === 0) return undefined;
    for (const direction of ["up", "down"]) {
      const edge = direction === "up" ? found.oldest : found.newest;
      if (!edge.reached) found.add(await page(found.start(direction), direction), direction);
    }
    found.place(this);
    return found;
  }
}

const idle = () =>
  new Promise((resolve) => {
    if (globalThis.requestIdleCallback) requestIdleCallback(resolve, { timeout: 200 });
    else setTimeout(resolve, 0);
  });

// An index of the complete part of a local history. It stores one entry for each page of 50 messages, newest first, so
// 100,000 messages need 2,000 entries.

import { HistoryWindow } from "./history-window.js";

/** The number of pages to read before other tasks of the browser may run. */
const PAGES_AT_ONCE = 10;

export class HistoryIndex {
  /** The number of messages that arrived after the index was built. */
  arrived = 0;
  /** Pages, newest first: `start` is the page's `startMsgId`, `offset` the number of newer messages. */
  #pages = [];
  #length = 0;

  /** The number of messages. */
  get length() {
    return this.#length === 0 ? 0 : this.#length + this.arrived;
  }

  /** Reads pages by `loadPage(start)`, up to the first incomplete one, as long as `isCurrent()` is true. */
  async build(loadPage, isCurrent) {
    for (let start; isCurrent(); ) {
      const page = await loadPage(start);
      if (!page.complete || page.messages.length === 0) return;
      this.#pages.push({ start, offset: this.#length, time: page.messages[0].timestamp });
      this.#length += page.messages.length;
      if (page.isLast || !page.cursor) return;
      start = page.cursor;
      if (this.#pages.length % PAGES_AT_ONCE === 0) await waitUntilIdle();
    }
  }

  /** Estimates the number of messages that are newer than a time. */
  newerThan(time) {
    const next = this.#pages.findIndex((page) => page.time <= time);
    if (next === 0) return 0;
    const offset = next < 0 ? this.#length : this.#pages[next].offset;
    return offset + this.arrived;
  }

  /**
   * Loads the messages around an index, counted from the oldest message, by `loadPage(start, direction)`. Resolves with
   * undefined if the index does not contain them.
   */
  async windowAt(index, loadPage) {
    if (this.#pages.length === 0) return undefined;
    const newer = Math.max(0, this.length - 1 - index - this.arrived);
    const { start } = this.#pages.findLast((page) => page.offset <= newer);
    const window = HistoryWindow.of(await loadPage(start, "up"), "up", start === undefined);
    if (window.messages.length === 0) return undefined;
    for (const direction of ["up", "down"]) {
      const edge = direction === "up" ? window.oldest : window.newest;
      if (!edge.reached) window.add(await loadPage(window.start(direction), direction), direction);
    }
    window.countUnloaded(this);
    return window;
  }
}

const waitUntilIdle = () =>
  new Promise((resolve) => {
    if (globalThis.requestIdleCallback) requestIdleCallback(resolve, { timeout: 200 });
    else setTimeout(resolve, 0);
  });

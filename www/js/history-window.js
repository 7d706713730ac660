// The loaded part of a conversation: consecutive messages, oldest first. When it grows at one end beyond its capacity, it
// drops messages at the other. This module does not access the page.

/** The maximum number of loaded messages. */
export const CAPACITY = 200;

export class HistoryWindow {
  messages = [];
  /** Ids of messages from incomplete pages, around which others may be missing. */
  uncertain = new Set();
  /**
   * The state of both ends. `reached`: there are no more messages. `certain`: the server or a complete local page confirmed
   * it. `cursor`: where the next page starts, if the last page was empty.
   */
  oldest = { reached: false, certain: true, cursor: undefined };
  newest = { reached: false, certain: true, cursor: undefined };
  /** The known numbers of local messages before and after the loaded ones. */
  above = 0;
  below = 0;

  /** Creates a window from a page that was read in `direction`. `fromEnd` tells whether the page starts at the history's end. */
  static of(page, direction, fromEnd) {
    const window = new HistoryWindow();
    if (direction === "up") window.newest.reached = fromEnd;
    else window.oldest.reached = fromEnd;
    window.add(page, direction);
    return window;
  }

  /** The id or cursor at which the next page in a direction starts. */
  start(direction) {
    const [edge, message] = direction === "up" ? [this.oldest, this.messages.at(0)] : [this.newest, this.messages.at(-1)];
    return edge.cursor ?? message?.id;
  }

  /** Adds a page. The messages of an incomplete page are marked as uncertain. */
  add(page, direction) {
    const added = this.#merge(page.messages);
    if (direction === "up") this.above = Math.max(0, this.above - added);
    else this.below = Math.max(0, this.below - added);
    for (const { id } of page.messages) {
      if (page.complete === false) this.uncertain.add(id);
      else this.uncertain.delete(id);
    }
    const edge = direction === "up" ? this.oldest : this.newest;
    edge.reached = page.isLast;
    edge.certain = page.complete !== false;
    // After a page with messages, the outermost message is the next start, so only an empty page needs its cursor.
    edge.cursor = page.messages.length === 0 && page.cursor ? page.cursor : undefined;
    if (edge.reached && direction === "up") this.above = 0;
    if (edge.reached && direction === "down") this.below = 0;
    this.#trim(direction);
  }

  /** Counts the messages before and after the loaded ones by an index. */
  countUnloaded(index) {
    const newest = this.messages.at(-1);
    if (!newest) return;
    this.below = this.newest.reached ? 0 : index.newerThan(newest.timestamp);
    this.above = this.oldest.reached ? 0 : Math.max(0, index.length - this.below - this.messages.length);
  }

  /** Adds a message that has arrived. Returns false if newer messages are not loaded, so that it cannot be added. */
  append(message) {
    if (!this.newest.reached) {
      this.below += 1;
      return false;
    }
    this.#merge([message]);
    this.#trim("down");
    return true;
  }

  /** Removes messages by id. Returns the ids of the loaded ones. */
  remove(ids) {
    const removed = new Set(ids);
    return this.#drop(({ id }) => removed.has(id));
  }

  /** Removes all messages up to and including a time. Returns the ids of the loaded ones. */
  removeUpTo(time) {
    return this.#drop(({ timestamp }) => timestamp <= time);
  }

  /** Lets both ends load more again, after the device has come online. */
  reopenEdges() {
    for (const edge of [this.oldest, this.newest]) {
      edge.reached = false;
      edge.certain = true;
    }
  }

  #drop(isRemoved) {
    const removed = this.messages.filter(isRemoved).map(({ id }) => id);
    this.messages = this.messages.filter((message) => !isRemoved(message));
    for (const id of removed) this.uncertain.delete(id);
    return removed;
  }

  #merge(more) {
    const byId = new Map(this.messages.map((message) => [message.id, message]));
    for (const message of more) byId.set(message.id, message);
    const added = byId.size - this.messages.length;
    this.messages = [...byId.values()].sort(compareMessages);
    return added;
  }

  #trim(direction) {
    const excess = this.messages.length - CAPACITY;
    if (excess <= 0) return;
    const dropped = direction === "up" ? this.messages.splice(CAPACITY) : this.messages.splice(0, excess);
    for (const { id } of dropped) this.uncertain.delete(id);
    const edge = direction === "up" ? this.newest : this.oldest;
    edge.reached = false;
    edge.cursor = undefined;
    if (direction === "up") this.below += excess;
    else this.above += excess;
  }
}

/** Compares messages by time, and by id if the times are equal. An id is too long for a JS number. */
export function compareMessages(a, b) {
  if (a.timestamp !== b.timestamp) return a.timestamp - b.timestamp;
  if (a.id.length !== b.id.length) return a.id.length - b.id.length;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

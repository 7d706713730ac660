// The part of a conversation that the page holds: one run of messages, oldest first, that grows at either end
// and lets go at the other, so that thousands of messages stay light. Nothing here knows the page.

/** Messages held at most. */
export const CAPACITY = 200;

export class HistoryWindow {
  messages = [];
  /** Messages whose neighbours the local copy could not vouch for. */
  unsure = new Set();
  /** Whether the run reaches the end on that side; `sure` where the server, or a whole local copy, said so. */
  oldest = { reached: false, sure: true, cursor: undefined };
  newest = { reached: false, sure: true, cursor: undefined };
  /** How many messages this device has on either side of the run, as far as known. */
  above = 0;
  below = 0;

  /** A fresh run, from its first page. `direction` is how the page was read, from which side or time. */
  static of(page, direction, fromTheEnd) {
    const window = new HistoryWindow();
    if (direction === "up") window.newest.reached = fromTheEnd;
    else window.oldest.reached = fromTheEnd;
    window.add(page, direction);
    return window;
  }

  /** Where the next page starts on that side. */
  start(direction) {
    const [edge, message] = direction === "up" ? [this.oldest, this.messages.at(0)] : [this.newest, this.messages.at(-1)];
    return edge.cursor ?? message?.id;
  }

  /** Takes a page in; `complete: false` marks its messages as unsure. */
  add(page, direction) {
    const added = this.#merge(page.messages);
    if (direction === "up") this.above = Math.max(0, this.above - added);
    else this.below = Math.max(0, this.below - added);
    for (const { id } of page.messages) {
      if (page.complete === false) this.unsure.add(id);
      else this.unsure.delete(id);
    }
    const edge = direction === "up" ? this.oldest : this.newest;
    edge.reached = page.isLast;
    edge.sure = page.complete !== false;
    // Only a page without a readable message needs the cursor: the edge's own message says the same.
    edge.cursor = page.messages.length === 0 && page.cursor ? page.cursor : undefined;
    if (edge.reached && direction === "up") this.above = 0;
    if (edge.reached && direction === "down") this.below = 0;
    this.#trim(direction);
  }

  /** Finds out by the outline how much stands on either side. */
  place(outline) {
    const newest = this.messages.at(-1);
    if (!newest) return;
    this.below = this.newest.reached ? 0 : outline.newerThan(newest.timestamp);
    this.above = this.oldest.reached ? 0 : Math.max(0, outline.length - this.below - this.messages.length);
  }

  /** A message that just arrived; false where the run does not reach the present. */
  append(message) {
    if (!this.newest.reached) {
      this.below += 1;
      return false;
    }
    this.#merge([message]);
    this.#trim("down");
    return true;
  }

  /** Drops messages by id; returns the ids that were here. */
  remove(ids) {
    const gone = new Set(ids);
    return this.#drop(({ id }) => gone.has(id));
  }

  /** Drops everything up to a time, that time included; returns the ids that were here. */
  removeUpTo(time) {
    return this.#drop(({ timestamp }) => timestamp <= time);
  }

  /** The device came back to the network: what only the local copy said may be asked again. */
  reopenEdges() {
    for (const edge of [this.oldest, this.newest]) {
      edge.reached = false;
      edge.sure = true;
    }
  }

  #drop(isGone) {
    const gone = this.messages.filter(isGone).map(({ id }) => id);
    this.messages = this.messages.filter((message) => !isGone(message));
    for (const id of gone) this.unsure.delete(id);
    return gone;
  }

  #merge(more) {
    const byId = new Map(this.messages.map((message) => [message.id, message]));
    for (const message of more) byId.set(message.id, message);
    const added = byId.size - this.messages.length;
    this.messages = [...byId.values()].sort(inOrder);
    return added;
  }

  #trim(direction) {
    const over = this.messages.length - CAPACITY;
    if (over <= 0) return;
    const dropped = direction === "up" ? this.messages.splice(CAPACITY) : this.messages.splice(0, over);
    for (const { id } of dropped) this.unsure.delete(id);
    const edge = direction === "up" ? this.newest : this.oldest;
    edge.reached = false;
    edge.cursor = undefined;
    if (direction === "up") this.below += over;
    else this.above += over;
  }
}

/** By time, and by id where times are equal. Ids are too long for a number. */
export function inOrder(a, b) {
  if (a.timestamp !== b.timestamp) return a.timestamp - b.timestamp;
  if (a.id.length !== b.id.length) return a.id.length - b.id.length;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

// The selected messages. This module does not access the page.

/** The maximum number of messages in one removal. */
export const LIMIT = 50;

export class Selection {
  #ids = new Set();
  #anchor;

  get size() {
    return this.#ids.size;
  }
  get ids() {
    return [...this.#ids];
  }
  has(id) {
    return this.#ids.has(id);
  }

  /** Selects or deselects a message. Returns false if the limit is reached. */
  toggle(id) {
    this.#anchor = id;
    if (this.#ids.delete(id)) return true;
    return this.#add(id);
  }

  /** Selects from the last toggled message to `id`, in the order of `ids`. Returns false if the limit is reached. */
  extendTo(id, ids) {
    const from = ids.indexOf(this.#anchor);
    const to = ids.indexOf(id);
    if (from < 0 || to < 0) return this.toggle(id);
    const step = from <= to ? 1 : -1;
    for (let i = from; i !== to + step; i += step) {
      if (!this.#add(ids[i])) return false;
    }
    return true;
  }

  /** Deselects messages that no longer exist. */
  drop(ids) {
    for (const id of ids) this.#ids.delete(id);
  }

  clear() {
    this.#ids.clear();
    this.#anchor = undefined;
  }

  #add(id) {
    if (this.#ids.size >= LIMIT && !this.#ids.has(id)) return false;
    this.#ids.add(id);
    return true;
  }
}

// Which messages are selected. Nothing here knows the page.

/** What one removal may hold. */
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

  /** Selects it or no longer; false where the limit stands against it. */
  toggle(id) {
    this.#anchor = id;
    if (this.#ids.delete(id)) return true;
    return this.#add(id);
  }

  /** Selects from where the last one was toggled to `id`, in the order of `ids`; false at the limit. */
  extendTo(id, ids) {
    const from = ids.indexOf(this.#anchor);
    const to = ids.indexOf(id);
    if (from < 0 || to < 0) return this.toggle(id);
    const step = from <= to ? 1 : -1;
    for (let at = from; at !== to + step; at += step) {
      if (!this.#add(ids[at])) return false;
    }
    return true;
  }

  /** Forgets messages that are gone. */
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

// The listeners of one client. They live in JS, so that the garbage collector owns them: an application may
// forget its `off` function, and nothing leaks.
export class Emitter {
  #listeners = new Map();

  // Returns a function that takes the listener away; calling it twice is fine.
  on(type, listener) {
    const entry = { listener };
    const set = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, set.add(entry));
    return () => void set.delete(entry);
  }

  // A listener that throws is reported as the page's own uncaught errors are; the others still hear.
  emit(type, event) {
    for (const { listener } of [...(this.#listeners.get(type) ?? [])]) {
      try {
        listener(event);
      } catch (error) {
        setTimeout(() => {
          throw error;
        });
      }
    }
  }

  clear() {
    for (const set of this.#listeners.values()) set.clear();
  }
}

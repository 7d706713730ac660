// What only JavaScript can be: a subclass of Error, listeners that the garbage collector owns, and an async generator.

// Every call of RoamKit rejects with it; `error.rs` holds the codes and the typings.
export class RoamError extends Error {
  constructor(code, reason, message) {
    super(message);
    this.name = "RoamError";
    this.code = code;
    this.reason = reason;
  }
}

// The listeners of one client. They live in JS, so that the garbage collector owns them: an application may
// forget its `off` function, and nothing leaks.
export class Emitter {
  #listeners = new Map();
  #closed = false;

  // Returns a function that removes the listener; calling it twice is fine.
  on(type, listener) {
    if (this.#closed) return () => {};
    const entry = { listener };
    const set = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, set.add(entry));
    return () => void set.delete(entry);
  }

  // A listener that throws is reported as the page's own uncaught errors are; the others still hear. A listener that
  // another one removes hears nothing any more, and one that another one adds hears of the next event.
  emit(type, event) {
    const set = this.#listeners.get(type);
    for (const entry of [...(set ?? [])]) {
      if (!set.has(entry)) continue;
      try {
        entry.listener(event);
      } catch (error) {
        setTimeout(() => {
          throw error;
        });
      }
    }
  }

  // Emits the events of another tab: a JSON list of names, each with its event. A text of another form is ignored.
  emitAll(text) {
    try {
      for (const [type, event] of JSON.parse(text)) this.emit(type, event);
    } catch {
      // A tab with another version of this page may have sent it.
    }
  }

  // Removes all listeners, for good.
  close() {
    this.#closed = true;
    for (const set of this.#listeners.values()) set.clear();
  }
}

// The walk behind `client.history()`. A generator of the platform's own, so that leaving a loop early, several
// loops over one walk, and errors all behave as every other async iterable does.
export function pages(read) {
  return {
    async *[Symbol.asyncIterator]() {
      let at;
      do {
        const { messages, cursor } = await read(at);
        if (messages.length > 0) yield messages;
        // A page that leads back to where it began would lead round for ever.
        if (cursor === at) return;
        at = cursor;
      } while (at !== undefined);
    },
  };
}

// What the application gets in its hands. Two files for all of the SDK's JS, this one and platform.js: without a bundler
// each file is a request of its own before anything runs.

// What every call of RoamKit rejects with; `error.rs` holds the codes and the typings.
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

  // What another tab tells: a JSON list of names, each with its event. What cannot be read is passed over.
  tell(text) {
    try {
      for (const [type, event] of JSON.parse(text)) this.emit(type, event);
    } catch {
      // Of no such form: a tab with another version of this page may have said it.
    }
  }

  clear() {
    for (const set of this.#listeners.values()) set.clear();
  }
}

// What the application gave in place of what was asked for, in words.
export function describe(value) {
  switch (typeof value) {
    case "string": {
      const short = [...value.slice(0, 80)].slice(0, 40).join("");
      return `"${short.length < value.length ? `${short}…` : value}"`;
    }
    case "number":
      return `the number ${value}`;
    case "boolean":
    case "undefined":
      return String(value);
    case "object":
      return value === null ? "null" : Array.isArray(value) ? "an array" : "an object";
    default:
      return `a ${typeof value}`;
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

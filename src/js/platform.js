// What is easier said to the platform in its own language: the other tabs, and the life of the page.

// What the tabs of one device say to each other: texts.
export class Channel {
  #channel;

  constructor(name, hear) {
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = ({ data }) => hear(data);
  }

  say(text) {
    this.#channel.postMessage(text);
  }

  close() {
    this.#channel.onmessage = null;
    this.#channel.close();
  }
}

// One request for a lock, and holding it. Whom it tells may be gone when a promise of the platform's settles: the
// functions live in JS, and forget whom they tell.
export class Lock {
  #tell;
  #release;
  #abort = new AbortController();

  // `tell("held")`, and when it was stolen `tell("stolen")`; `tell("none")` where there are no locks.
  constructor(name, steal, tell) {
    this.#tell = tell;
    const options = steal ? { steal: true } : { signal: this.#abort.signal };
    const held = () =>
      new Promise((release) => {
        if (!this.#tell) return release();
        this.#release = release;
        this.#tell("held");
      });
    const lost = (error) => this.#tell?.(error?.name === "AbortError" ? "stolen" : "none");
    try {
      navigator.locks.request(name, options, held).catch(lost);
    } catch (error) {
      queueMicrotask(() => lost(error));
    }
  }

  static available() {
    return typeof globalThis.navigator?.locks?.request === "function" && typeof BroadcastChannel === "function";
  }

  // Lets go of it, or stops waiting for it.
  release() {
    this.#tell = undefined;
    this.#abort.abort();
    this.#release?.();
  }
}

// The life of the page, where there is one: workers have none.
const EVENTS = [
  ["window", "pagehide", "suspend"],
  ["window", "pageshow", "resume"],
  ["document", "freeze", "suspend"],
  ["document", "resume", "resume"],
  ["document", "visibilitychange", "visible"],
];

export class Page {
  #end = new AbortController();

  constructor(tell) {
    for (const [target, event, what] of EVENTS) {
      const heard = () => {
        if (what !== "visible" || document.visibilityState === "visible") tell(what);
      };
      globalThis[target]?.addEventListener?.(event, heard, { signal: this.#end.signal });
    }
  }

  close() {
    this.#end.abort();
  }
}

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

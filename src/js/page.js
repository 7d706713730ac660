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

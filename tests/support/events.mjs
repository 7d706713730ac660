// What happened, in order, and waiting for what is still to happen.

/** Events that a page reported; every wait has a bound. */
export class EventLog {
  #events = [];
  #waiters = new Set();

  /** Takes an event in. */
  push(name, value) {
    this.#events.push({ name, value, taken: false });
    for (const waiter of [...this.#waiters]) waiter();
  }

  /** All values of `name` so far, in order. */
  all(name) {
    return this.#events.filter((event) => event.name === name).map((event) => event.value);
  }

  /** The first event of `name` that fits and that no earlier `next` returned; waits for it if need be. */
  next(name, fits = () => true, milliseconds = 10_000) {
    const take = () => {
      const event = this.#events.find((event) => !event.taken && event.name === name && fits(event.value));
      if (event) event.taken = true;
      return event;
    };
    return new Promise((resolve, reject) => {
      const found = take();
      if (found) return resolve(found.value);
      const waiter = () => {
        const event = take();
        if (event) finish(() => resolve(event.value));
      };
      const timer = setTimeout(
        () => finish(() => reject(new Error(`no ${name} within ${milliseconds} ms; seen: ${this}`))),
        milliseconds,
      );
      const finish = (settle) => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        settle();
      };
      this.#waiters.add(waiter);
    });
  }

  /** Everything so far counts as returned by `next`. */
  forget() {
    for (const event of this.#events) event.taken = true;
  }

  toString() {
    return JSON.stringify(this.#events.map(({ name, value }) => ({ [name]: value })));
  }
}

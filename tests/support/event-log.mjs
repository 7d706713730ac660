// A log of the events that a page reported.

/** Events in the order in which they arrived. Each wait has a time limit. */
export class EventLog {
  #events = [];
  #waiters = new Set();

  push(name, value) {
    this.#events.push({ name, value, taken: false });
    for (const waiter of [...this.#waiters]) waiter();
  }

  /** The values of all `name` events so far, in order. */
  all(name) {
    return this.#events.filter((event) => event.name === name).map((event) => event.value);
  }

  /** Takes the first `name` event that matches and that no earlier call took. Waits for it if necessary. */
  next(name, matches = () => true, milliseconds = 10_000) {
    const take = () => {
      const event = this.#events.find((event) => !event.taken && event.name === name && matches(event.value));
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

  /** Marks all events so far as taken. */
  takeAll() {
    for (const event of this.#events) event.taken = true;
  }

  toString() {
    return JSON.stringify(this.#events.map(({ name, value }) => ({ [name]: value })));
  }
}

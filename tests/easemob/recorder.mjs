// Runs the application's steps and records their outcomes and the events that the application received.

export class Recorder {
  #recordedEvents = 0;

  /**
   * @param {object} fixture from `openFixture`
   * @param {import("./record.mjs").Record} record
   * @param {object} data from `createInitialData`; its fields become fields of the recorder
   * @param {import("./fixture.mjs").Application} application
   */
  constructor(fixture, record, data, application) {
    Object.assign(this, { fixture, record, application }, data);
  }

  /** Calls a method of the connection and records the outcome. Resolves with the call's result. */
  async step(name, path, ...args) {
    const outcome = await this.application.call(path, ...args);
    this.record.add(name, outcome);
    return outcome.resolved;
  }

  /** Like `step`, with callbacks of these names in the method's argument. */
  async stepWithCallbacks(name, callbacks, path, ...args) {
    this.record.add(name, await this.application.callWithCallbacks(callbacks, path, ...args));
  }

  /** Returns the events since the last call, and marks them as taken. */
  takeEvents() {
    const all = JSON.parse(String(this.application.events));
    const events = all.slice(this.#recordedEvents);
    this.#recordedEvents = all.length;
    this.application.events.takeAll();
    return events;
  }

  /** Records the events since the last call by name. Their order is recorded only for the names in `ordered`. */
  recordEvents(name, ...ordered) {
    const events = this.takeEvents();
    const byName = {};
    for (const event of events) {
      // The number of messages in one call of onMessage depends on the network, so the calls are merged.
      for (const [key, value] of Object.entries(event)) (byName[key] ??= []).push(...(key === "onMessage" ? value : [value]));
    }
    this.record.add(`${name}: events`, byName);
    if (ordered.length > 0) {
      const names = events.map((event) => Object.keys(event)[0]);
      this.record.add(`${name}: order`, names.filter((name) => ordered.includes(name)));
    }
  }

  /** Sends a message and waits for it. All earlier events have arrived by then. */
  async waitForMarker(name) {
    const text = `marker ${name}`;
    const id = this.record.alias(await this.fixture.appRest.sendText("dave", "alice", text), text);
    await this.application.events.next("onTextMessage", (message) => message.id === id);
    await this.application.events.next("onMessage", (messages) => messages.some((message) => message.id === id));
  }

  async token(name, ttl) {
    return this.record.alias(await this.fixture.appRest.userToken("alice", ttl), name);
  }
}

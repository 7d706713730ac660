// How a run is told: steps of the application, what comes of each, and what it is told by itself.

/** What a run has in its hands: the world and what was made in it, the application, and the record. */
export class Teller {
  constructor(world, record, made, app) {
    Object.assign(this, { world, record, app }, made);
  }

  /** Calls, and notes the outcome under a step's name. */
  async step(name, path, ...args) {
    const outcome = await this.app.call(path, ...args);
    this.record.note(name, outcome);
    return outcome.resolved;
  }

  async stepNoting(name, callbacks, path, ...args) {
    this.record.note(name, await this.app.callNoting(callbacks, path, ...args));
  }

  /** Everything that the application was told since the last time. */
  told() {
    const all = JSON.parse(String(this.app.events));
    const news = all.slice(this.heard ?? 0);
    this.heard = all.length;
    this.app.events.forget();
    return news;
  }

  /** Notes what the application was told, by event. Which of different events is first is told apart only where that is certain. */
  noteTold(name, ...order) {
    const told = this.told();
    const byName = {};
    for (const event of told) {
      // How many messages one call of onMessage brings depends on what the network carried together.
      for (const [key, value] of Object.entries(event)) (byName[key] ??= []).push(...(key === "onMessage" ? value : [value]));
    }
    this.record.note(`${name}: told`, byName);
    if (order.length > 0) {
      this.record.note(`${name}: order`, told.map((event) => Object.keys(event)[0]).filter((name) => order.includes(name)));
    }
  }

  /** What is sent after a notice arrives after it: then all that came before has been told. */
  async fence(name) {
    const id = this.record.name(await this.world.app.sendText("dave", "alice", `fence ${name}`), `fence ${name}`);
    await this.app.events.next("onTextMessage", (message) => message.id === id);
    await this.app.events.next("onMessage", (messages) => messages.some((message) => message.id === id));
  }

  async token(name, ttl) {
    return this.record.name(await this.world.app.userToken("alice", ttl), name);
  }
}

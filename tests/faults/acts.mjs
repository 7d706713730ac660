// One random step at a time: what the user does on each device, and others do to the user.

import { keyOf } from "../model/truth.mjs";

export class Acts {
  #used = new Set();
  #texts = 0;
  /** Conversations that are being deleted: what is sent in that very millisecond is nobody's to judge. */
  #busy = new Set();

  constructor(world, apps, random) {
    Object.assign(this, { world, apps, random });
    this.choices = [
      [6, this.send], [5, this.fetch], [7, this.removeIds], [2, this.removeTime], [1, this.deleteConversation],
      [2, this.list], [2, this.cut], [0.4, this.reload],
    ];
  }

  /** Does one, or begins it; resolves with what it was. */
  async next() {
    for (;;) {
      const step = this.random.weighted(this.choices);
      const what = await step.call(this);
      if (what) return `${step.name} ${what}`;
    }
  }

  /** Waits for a call, or does not. */
  async #begun(call, what) {
    if (this.random.chance(0.5)) await call;
    return what;
  }

  #conversation() {
    return this.random.pick(this.world.conversations.filter((conversation) => !this.#busy.has(conversation)));
  }

  #tab() {
    const app = this.random.pick(this.apps);
    return [app, this.random.pick(app.device.tabs)];
  }

  async send() {
    const { random, world } = this;
    const conversation = this.#conversation();
    if (!conversation) return;
    const count = random.int(1, 4);
    for (let at = 0; at < count; at += 1) {
      await world.send(conversation, random.pick(world.writers(conversation)), "txt", `text ${(this.#texts += 1)}`);
    }
    return `${count} to ${keyOf(conversation)}`;
  }

  fetch() {
    const { random, world } = this;
    const conversation = random.pick(world.conversations);
    const [app, tab] = this.#tab();
    const options = { ...conversation, pageSize: random.pick([3, 10, 50]), searchDirection: random.pick(["up", "down"]) };
    const anchor = random.pick(world.truth.known(conversation));
    if (anchor && random.chance(0.5)) options.startMsgId = anchor.id;
    return this.#begun(app.fetch(tab, options), `${tab} ${JSON.stringify(options)}`);
  }

  list() {
    const [app, tab] = this.#tab();
    const options = { pageSize: this.random.pick([1, 50]) };
    return this.#begun(app.call(tab, "fetchConversationsFromServer", options), `${tab} ${JSON.stringify(options)}`);
  }

  /** On a device, or elsewhere. */
  async #remove(conversation, what) {
    const { random, world } = this;
    const key = `${keyOf(conversation)} ${JSON.stringify(what)}`;
    if (this.#used.has(key)) return;
    this.#used.add(key);
    if (random.chance(0.6)) {
      const [app, tab] = this.#tab();
      return this.#begun(app.remove(tab, conversation, what), `${tab} ${key}`);
    }
    await world.service.remove("elsewhere", conversation, what);
    world.truth.changed(conversation);
    return `elsewhere ${key}`;
  }

  async removeIds() {
    const { random, world } = this;
    await world.truth.refresh();
    const conversation = this.#conversation();
    const some = conversation && random.some(world.truth.visible(conversation), random.pick([1, 1, 2, 3, 8]));
    if (!some?.length) return;
    return this.#remove(conversation, { msgIdList: some.map(({ id }) => id) });
  }

  async removeTime() {
    const { random, world } = this;
    await world.truth.refresh();
    const conversation = this.#conversation();
    const visible = conversation && world.truth.visible(conversation);
    if (!visible?.length) return;
    const { timestamp } = visible[Math.min(random.int(0, visible.length - 1), random.int(0, visible.length - 1))];
    return this.#remove(conversation, { time: timestamp });
  }

  async deleteConversation() {
    const { random, world } = this;
    await world.truth.refresh();
    const conversation = this.#conversation();
    if (!conversation) return;
    const withMessages = random.chance(0.5);
    const ids = withMessages ? world.truth.visible(conversation).map(({ id }) => id) : [];
    this.#busy.add(conversation);
    const free = async () => {
      await world.nextMillisecond();
      this.#busy.delete(conversation);
    };
    const how = `${keyOf(conversation)} ${withMessages ? "with" : "without"} messages`;
    if (random.chance(0.4)) {
      const run = () => world.service.deleteConversation("elsewhere", conversation, withMessages);
      await world.deleting("elsewhere", [conversation], withMessages, run);
      await free();
      return `elsewhere ${how}`;
    }
    const [app, tab] = this.#tab();
    const deletion = { by: app.device.name, key: keyOf(conversation), ids, from: Date.now(), to: Infinity };
    world.deletions.push(deletion);
    const call = app.deleteConversation(tab, conversation, withMessages, ids, deletion);
    return this.#begun(app.track(call.then(free)), `${tab} ${how}`);
  }

  cut() {
    const [{ device }] = this.#tab();
    device.network.cut();
    return device.name;
  }

  async reload() {
    const [app, tab] = this.#tab();
    await app.reload(tab);
    return `${tab}`;
  }
}

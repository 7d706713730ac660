// The random steps of a fault scenario: other users send messages, the user acts on each device and elsewhere.

import { conversationKey } from "../support/conversations.mjs";

export class Steps {
  #used = new Set();
  #texts = 0;
  /**
   * Conversations that are being deleted. Nothing is sent or removed there meanwhile: whether the deletion covers a
   * message that is sent in the same millisecond is undefined.
   */
  #deleting = new Set();

  constructor(fixture, applications, random) {
    Object.assign(this, { fixture, applications, random });
    this.choices = [
      [6, this.send], [5, this.fetch], [7, this.removeIds], [2, this.removeByTime], [1, this.deleteConversation],
      [2, this.fetchList], [2, this.cutConnections], [0.4, this.reload],
    ];
  }

  /** Runs or starts one random step. Resolves with a description. If a step is not possible now, another is drawn. */
  async next() {
    for (;;) {
      const step = this.random.weighted(this.choices);
      const description = await step.call(this);
      if (description) return `${step.name} ${description}`;
    }
  }

  /** Waits for a call in half of the cases, so that calls overlap in the others. */
  async #maybeAwait(call, description) {
    if (this.random.chance(0.5)) await call;
    return description;
  }

  #pickConversation() {
    return this.random.pick(this.fixture.conversations.filter((conversation) => !this.#deleting.has(conversation)));
  }

  #pickTab() {
    const application = this.random.pick(this.applications);
    return [application, this.random.pick(application.device.tabs)];
  }

  async send() {
    const { random, fixture } = this;
    const conversation = this.#pickConversation();
    if (!conversation) return;
    const count = random.int(1, 4);
    for (let i = 0; i < count; i += 1) {
      await fixture.send(conversation, random.pick(fixture.senders(conversation)), "txt", `text ${(this.#texts += 1)}`);
    }
    return `${count} to ${conversationKey(conversation)}`;
  }

  fetch() {
    const { random, fixture } = this;
    const conversation = random.pick(fixture.conversations);
    const [application, tab] = this.#pickTab();
    const options = { ...conversation, pageSize: random.pick([3, 10, 50]), searchDirection: random.pick(["up", "down"]) };
    const anchor = random.pick(fixture.serverState.known(conversation));
    if (anchor && random.chance(0.5)) options.startMsgId = anchor.id;
    return this.#maybeAwait(application.fetch(tab, options), `${tab} ${JSON.stringify(options)}`);
  }

  fetchList() {
    const [application, tab] = this.#pickTab();
    const options = { pageSize: this.random.pick([1, 50]) };
    const call = application.call(tab, "fetchConversationsFromServer", options);
    return this.#maybeAwait(call, `${tab} ${JSON.stringify(options)}`);
  }

  /** Removes messages on one of the tabs, or elsewhere. */
  async #remove(conversation, removal) {
    const { random, fixture } = this;
    const key = `${conversationKey(conversation)} ${JSON.stringify(removal)}`;
    if (this.#used.has(key)) return;
    this.#used.add(key);
    if (random.chance(0.6)) {
      const [application, tab] = this.#pickTab();
      return this.#maybeAwait(application.remove(tab, conversation, removal), `${tab} ${key}`);
    }
    await fixture.userRest.remove("elsewhere", conversation, removal);
    fixture.serverState.invalidate(conversation);
    return `elsewhere ${key}`;
  }

  async removeIds() {
    const { random, fixture } = this;
    await fixture.serverState.refresh();
    const conversation = this.#pickConversation();
    const messages = conversation && random.sample(fixture.serverState.visible(conversation), random.pick([1, 1, 2, 3, 8]));
    if (!messages?.length) return;
    return this.#remove(conversation, { msgIdList: messages.map(({ id }) => id) });
  }

  async removeByTime() {
    const { random, fixture } = this;
    await fixture.serverState.refresh();
    const conversation = this.#pickConversation();
    const visible = conversation && fixture.serverState.visible(conversation);
    if (!visible?.length) return;
    const { timestamp } = visible[Math.min(random.int(0, visible.length - 1), random.int(0, visible.length - 1))];
    return this.#remove(conversation, { time: timestamp });
  }

  async deleteConversation() {
    const { random, fixture } = this;
    await fixture.serverState.refresh();
    const conversation = this.#pickConversation();
    if (!conversation) return;
    const withMessages = random.chance(0.5);
    const ids = withMessages ? fixture.serverState.visible(conversation).map(({ id }) => id) : [];
    this.#deleting.add(conversation);
    const done = async () => {
      await fixture.nextMillisecond();
      this.#deleting.delete(conversation);
    };
    const description = `${conversationKey(conversation)} ${withMessages ? "with" : "without"} messages`;
    if (random.chance(0.4)) {
      const run = () => fixture.userRest.deleteConversation("elsewhere", conversation, withMessages);
      await fixture.recordDeletion("elsewhere", [conversation], withMessages, run);
      await done();
      return `elsewhere ${description}`;
    }
    const [application, tab] = this.#pickTab();
    const deletion = { by: application.device.name, key: conversationKey(conversation), ids, from: Date.now(), to: Infinity };
    fixture.deletions.push(deletion);
    const call = application.deleteConversation(tab, conversation, withMessages, ids, deletion);
    return this.#maybeAwait(application.track(call.then(done)), `${tab} ${description}`);
  }

  cutConnections() {
    const [{ device }] = this.#pickTab();
    device.network.cut();
    return device.name;
  }

  async reload() {
    const [application, tab] = this.#pickTab();
    await application.reload(tab);
    return `${tab}`;
  }
}

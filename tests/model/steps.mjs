// The random steps of a model test: other users send messages, the user acts on each tab, tabs and connections break.

import assert from "node:assert/strict";

import { conversationKey } from "../support/conversations.mjs";
import { DeviceSnapshot, checkMessages } from "./checks.mjs";
import { DelayedCalls } from "./delayed-calls.mjs";

/** The code with which a call rejects when the device is offline. */
const NETWORK_ERROR = 2;

export class Steps {
  delayedCalls = new DelayedCalls();
  #texts = 0;
  #usedTimes = new Set();
  #usedIds = new Set();
  /** The conversations that the last step may have changed. */
  touched = new Set();

  constructor(fixture) {
    this.fixture = fixture;
    this.random = fixture.random;
    this.choices = [
      [10, this.send], [3, this.sendOld], [8, this.fetch], [4, this.fetchMany], [7, this.startDelayedFetch],
      [9, this.deliver], [5, this.removeIds], [2, this.removeByTime], [6, this.startDelayedRemoval],
      [1.5, this.deleteConversation], [0.2, this.deleteAll], [3, this.fetchList], [1.5, this.startDelayedList],
      [2, this.recall], [6, this.edit], [1.5, this.readElsewhere], [1.5, this.markAsRead], [1.5, this.goOffline], [3, this.goOnline], [1.5, this.cutConnections],
      [1.5, this.reload], [1, this.reopen], [1, this.relogin], [0.4, this.wipe], [1, this.toggleSecondTab],
    ];
  }

  /** Runs one random step. Resolves with a description. A step that is not possible now returns undefined; another is drawn. */
  async next() {
    this.touched.clear();
    for (;;) {
      const step = this.random.weighted(this.choices);
      const description = await step.call(this);
      if (description) return `${step.name} ${description}`;
    }
  }

  /** Chooses how to read a conversation from the local copy. */
  chooseWalk = () => ({
    pageSize: this.random.weighted([[1, 1], [1, 2], [2, 3], [2, 7], [3, 20], [2, 50]]),
    searchDirection: this.random.pick(["up", "down"]),
  });

  #pickConversation() {
    // A conversation with a delayed call is preferred, to make the two overlap.
    const delayed = this.random.chance(0.4) && this.delayedCalls.pick(this.random)?.conversation;
    return this.#touch(delayed || this.random.pick(this.fixture.conversations));
  }

  #touch(conversation) {
    if (conversation) this.touched.add(conversation);
    return conversation;
  }

  #pickDevice = () => this.random.pick(this.fixture.devices);

  /** Picks a tab that is logged in and online; undefined if the device has none. */
  #pickTab(device = this.#pickDevice()) {
    return this.random.pick(device.tabs.filter((tab) => tab.wantsSession && device.network.online));
  }

  #pickQuery(conversation) {
    const { random } = this;
    const options = { ...conversation, pageSize: random.pick([1, 2, 3, 5, 8, 13, 20, 50]), searchDirection: random.pick(["up", "down"]) };
    const anchor = random.pick(this.fixture.serverState.known(conversation));
    if (anchor && random.chance(0.6)) options.startMsgId = anchor.id;
    if (random.chance(0.25)) {
      const one = random.pick(this.fixture.serverState.known(conversation));
      random.weighted([
        [1, () => (options.from = random.pick(this.fixture.senders(conversation)))],
        [1, () => (options.msgTypes = random.sample(["txt", "custom", "cmd"], random.int(1, 2)))],
        [1, () => one && (options.startTime = one.timestamp)],
        [1, () => one && (options.endTime = one.timestamp)],
      ])();
    }
    if (random.chance(0.05)) options.save = false;
    return options;
  }

  // Other users.

  async #sendBurst(conversation, count, time) {
    const { random, fixture } = this;
    for (let i = 0; i < count; i += 1) {
      const type = random.weighted([[8, "txt"], [1, "custom"], [1, "cmd"]]);
      const extra = time === undefined ? {} : { msg_timestamp: time };
      await fixture.send(conversation, random.pick(fixture.senders(conversation)), type, `${type} ${(this.#texts += 1)}`, extra);
    }
    return `${count} to ${conversationKey(conversation)}${time === undefined ? "" : ` at ${time}`}`;
  }

  send() {
    const equal = this.random.chance(0.3);
    const count = this.random.weighted([[4, this.random.int(1, 3)], [2, this.random.int(4, 12)], [1, this.random.int(20, 30)]]);
    return this.#sendBurst(this.#pickConversation(), count, equal ? Date.now() : undefined);
  }

  /** Sends messages with a time in the middle of the history. */
  async sendOld() {
    const conversation = this.#pickConversation();
    const neighbor = this.random.pick(this.fixture.serverState.visible(conversation));
    const time = neighbor && neighbor.timestamp - this.random.int(0, 1);
    if (!time) return;
    return this.#sendBurst(conversation, this.random.int(1, 3), time);
  }

  async recall() {
    const conversation = this.#pickConversation();
    const message = this.random.pick(this.fixture.serverState.visible(conversation));
    if (!message) return;
    await this.fixture.appRest.call("POST", "/messages/msg_recall", { msg_id: message.id, force: true });
    this.fixture.serverState.invalidate(conversation);
    return message.id;
  }

  /** Bob edits one of his messages. */
  async edit() {
    const { random, fixture } = this;
    const conversation = this.#pickConversation();
    const own = fixture.serverState.visible(conversation).filter(({ from, content }) => from === "bob" && content.startsWith("txt"));
    const message = random.pick(own);
    if (!message) return;
    const to = conversation.conversationType === "groupChat" ? conversation.conversationId : fixture.user;
    const msg = `edit ${(this.#texts += 1)}`;
    await fixture.bob.edit(message.id, { type: "txt", chatType: conversation.conversationType, to, msg });
    fixture.serverState.edited.add(message.id);
    fixture.serverState.invalidate(conversation);
    return `${message.id} to ${msg}`;
  }

  /** Another device of the user reads a conversation. */
  async readElsewhere() {
    const conversation = this.#pickConversation();
    await this.fixture.readElsewhere(conversation);
    return conversationKey(conversation);
  }

  async markAsRead() {
    const conversation = this.#pickConversation();
    const tab = this.random.pick(this.#pickDevice().tabs);
    if (!tab) return;
    await tab.call("markConversationAsRead", conversation);
    return `${tab} ${conversationKey(conversation)}`;
  }

  // Fetching.

  async fetch() {
    const tab = this.#pickTab();
    const options = this.#pickQuery(this.#pickConversation());
    if (!tab) return this.#fetchOffline(options);
    const actual = await tab.call("fetchHistoryMessages", options);
    const expected = this.fixture.serverState.page(options);
    assert.deepEqual(actual.messages, expected.messages, `${tab}: the page is not the server's`);
    assert.equal(actual.isLast, expected.isLast, `${tab}: isLast of ${JSON.stringify(options)}`);
    return `${tab} ${JSON.stringify(options)}: ${actual.messages.length}`;
  }

  async #fetchOffline(options) {
    const offline = this.fixture.devices.flatMap(({ tabs, network }) => (network.online ? [] : tabs));
    const tab = this.random.pick(offline.filter(({ wantsSession }) => wantsSession));
    if (!tab) return;
    const { error } = await tab.attempt("fetchHistoryMessages", options);
    assert.equal(error?.code, NETWORK_ERROR, `${tab}: offline`);
    const victim = this.random.pick(this.fixture.serverState.visible(options));
    if (!victim) return `${tab} offline`;
    // A failed removal must not remove the message from the local copy. Later checks still expect it.
    const { conversationId, conversationType } = options;
    const refused = await tab.attempt("removeMessagesFromServer", { conversationId, conversationType, msgIdList: [victim.id] });
    assert.equal(refused.error?.code, NETWORK_ERROR, `${tab}: offline`);
    return `${tab} offline, and a removal`;
  }

  /** Fetches several pages at the same time while messages arrive. */
  async fetchMany() {
    const { random, fixture } = this;
    const conversation = this.#pickConversation();
    const calls = [];
    for (let left = random.int(2, 5); left > 0; left -= 1) {
      const tab = this.#pickTab();
      const options = this.#pickQuery(random.chance(0.7) ? conversation : this.#pickConversation());
      if (!tab) continue;
      const snapshot = new DeviceSnapshot(tab.device);
      calls.push({ tab, options, snapshot, run: tab.call("fetchHistoryMessages", options) });
    }
    const results = Promise.all(calls.map(({ run }) => run));
    const [pages] = await Promise.all([results, this.#sendBurst(conversation, random.int(0, 4))]);
    await fixture.serverState.refresh();
    calls.forEach(({ tab, options, snapshot }, i) => {
      checkMessages(snapshot, options, pages[i].messages, `${tab}: one of many pages`);
    });
    return calls.map(({ tab, options }) => `${tab} ${JSON.stringify(options)}`).join(", ");
  }

  startDelayedFetch() {
    const conversation = this.#pickConversation();
    return this.delayedCalls.start("page", this.#pickTab(), conversation, "fetchHistoryMessages", this.#pickQuery(conversation));
  }

  startDelayedList() {
    const options = { pageSize: this.random.pick([1, 2, 50]) };
    return this.delayedCalls.start("list", this.#pickTab(), null, "fetchConversationsFromServer", options);
  }

  async startDelayedRemoval() {
    const conversation = this.#pickConversation();
    const removal = this.random.chance(0.7) ? this.#pickIds(conversation) : this.#pickTime(conversation);
    if (!removal) return;
    const options = { ...conversation, ...removal };
    const description = await this.delayedCalls.start("removal", this.#pickTab(), conversation, "removeMessagesFromServer", options);
    if (description) this.fixture.serverState.invalidate(conversation);
    return description;
  }

  /** Delivers the answer of a delayed call. */
  async deliver() {
    const call = this.delayedCalls.pick(this.random);
    if (!call) return;
    this.#touch(call.conversation);
    return this.delayedCalls.deliver(call);
  }

  async fetchList() {
    const { random } = this;
    const tab = this.#pickTab();
    if (!tab) return;
    const options = random.pick([undefined, { pageSize: 2 }, { pageSize: 50, includeEmpty: true }, { pinnedOnly: true }, { pageSize: 50 }]);
    await tab.call("fetchConversationsFromServer", ...(options ? [options] : []));
    return `${tab} ${JSON.stringify(options)}`;
  }

  // Removing.

  /** Picks ids to remove. No set of ids is used twice, so that a repeated event can be distinguished from a second removal. */
  #pickIds(conversation) {
    const { serverState } = this.fixture;
    const from = this.random.chance(0.9) ? serverState.visible(conversation) : serverState.known(conversation);
    const msgIdList = this.random.sample(from, this.random.pick([1, 1, 2, 3, 8, 50])).map(({ id }) => id);
    const key = msgIdList.join();
    if (msgIdList.length === 0 || this.#usedIds.has(key)) return;
    this.#usedIds.add(key);
    return { msgIdList };
  }

  /** Picks a time up to which to remove. No time is used twice. */
  #pickTime(conversation) {
    const { random, fixture } = this;
    const visible = fixture.serverState.visible(conversation);
    const message = visible[Math.min(random.int(0, visible.length), random.int(0, visible.length), visible.length - 1)];
    if (!message) return;
    const inFuture = random.chance(0.1);
    const time = inFuture ? Date.now() + 3_600_000 : message.timestamp;
    const key = `${conversationKey(conversation)} ${time}`;
    if (this.#usedTimes.has(key)) return;
    this.#usedTimes.add(key);
    return { time };
  }

  removeIds() {
    const conversation = this.#pickConversation();
    return this.#remove(conversation, this.#pickIds(conversation));
  }

  removeByTime() {
    const conversation = this.#pickConversation();
    return this.#remove(conversation, this.#pickTime(conversation));
  }

  async #remove(conversation, removal) {
    if (!removal) return;
    const tab = this.random.chance(0.6) && this.#pickTab();
    if (tab) await tab.call("removeMessagesFromServer", { ...conversation, ...removal });
    else await this.fixture.userRest.remove("elsewhere", conversation, removal);
    this.fixture.serverState.invalidate(conversation);
    await this.fixture.nextMillisecond();
    // The server removed only messages that exist now, even if `time` is in the future.
    const time = removal.time && Math.min(removal.time, Date.now());
    if (tab) tab.device.recordRemoval(conversation, { ...removal, time }, tab);
    return `${tab || "elsewhere"} ${conversationKey(conversation)} ${JSON.stringify(removal)}`;
  }

  async deleteConversation() {
    const conversation = this.#pickConversation();
    return this.#delete([conversation], this.random.chance(0.5), "deleteConversationFromServer", (withMessages) => ({
      ...conversation, isDeleteServerMessages: withMessages,
    }));
  }

  deleteAll() {
    return this.#delete(this.fixture.conversations, true, "deleteAllMessagesAndConversations");
  }

  async #delete(conversations, withMessages, method, options) {
    const { fixture } = this;
    conversations.forEach((conversation) => this.#touch(conversation));
    const tab = this.random.chance(0.6) && this.#pickTab();
    const run = tab
      ? () => tab.call(method, ...(options ? [options(withMessages)] : []))
      : () => (options ? fixture.userRest.deleteConversation("elsewhere", conversations[0], withMessages) : fixture.userRest.deleteEverything("elsewhere"));
    const ids = await fixture.recordDeletion(tab ? tab.device.name : "elsewhere", conversations, withMessages, run);
    if (tab && withMessages) tab.device.recordRemoval(conversations[0], { msgIdList: ids }, tab);
    return `${tab || "elsewhere"} ${conversations.map(conversationKey)} ${withMessages ? "with" : "without"} messages`;
  }

  // Tabs and connections.

  async goOffline() {
    const device = this.random.pick(this.fixture.devices.filter(({ network }) => network.online));
    if (!device) return;
    this.delayedCalls.markBroken(device);
    device.network.online = false;
    return device.name;
  }

  goOnline() {
    const device = this.random.pick(this.fixture.devices.filter(({ network }) => !network.online));
    if (device) device.network.online = true;
    return device?.name;
  }

  async cutConnections() {
    const device = this.#pickDevice();
    this.delayedCalls.markBroken(device);
    device.network.cut();
    return device.name;
  }

  /** Starts fetches that the page cannot finish, because it is about to be unloaded. Resolves with a description. */
  async #startFetches(tab) {
    if (!tab.wantsSession || !tab.device.network.online) return "";
    const count = this.random.int(0, 3);
    for (let i = 0; i < count; i += 1) await tab.startCall("fetchHistoryMessages", this.#pickQuery(this.#pickConversation()));
    return ` while it fetches ${count} pages`;
  }

  async #loginIfOnline(tab) {
    if (tab.device.network.online) await tab.login();
  }

  async reload() {
    const tab = (this.random.chance(0.4) && this.delayedCalls.pick(this.random)?.tab) || this.random.pick(this.#pickDevice().tabs);
    if (tab.page.isClosed()) return;
    const fetches = await this.#startFetches(tab);
    await tab.reload();
    await this.#loginIfOnline(tab);
    return `${tab}${fetches}`;
  }

  async reopen() {
    const tab = this.random.pick(this.#pickDevice().tabs);
    const fetches = await this.#startFetches(tab);
    await tab.closePage();
    await tab.load();
    await this.#loginIfOnline(tab);
    return `${tab}${fetches}`;
  }

  async relogin() {
    const tab = this.#pickTab();
    if (!tab) return;
    this.delayedCalls.markLoggedOut(tab);
    await tab.call("logout");
    tab.wantsSession = false;
    if (this.random.chance(0.7)) await this.#loginIfOnline(tab);
    return `${tab}${tab.wantsSession ? "" : ", and stays logged out"}`;
  }

  /** Deletes the local copy of a device that has one tab, and opens a new one. */
  async wipe() {
    const device = this.random.pick(this.fixture.devices.filter(({ tabs }) => tabs.length === 1));
    if (!device) return;
    const [tab] = device.tabs;
    await tab.call("logout", { wipe: true });
    tab.markUnloaded();
    device.forgetEvents();
    await tab.start();
    await this.#loginIfOnline(tab);
    return `${tab}`;
  }

  /** Opens or closes the second tab of the first device. */
  async toggleSecondTab() {
    const [device] = this.fixture.devices;
    if (device.tabs.length === 2) {
      const [tab] = device.tabs.splice(1, 1);
      await tab.closePage();
      return `${tab} closes`;
    }
    const tab = await device.openTab();
    await this.#loginIfOnline(tab);
    return `${tab} opens`;
  }
}

// One random step at a time: what others do, what the user does on each tab, and what happens to the tabs.

import assert from "node:assert/strict";

import { Late } from "./late.mjs";
import { Lag, checkShown } from "./promises.mjs";
import { keyOf } from "./truth.mjs";

/** What a call off the network rejects with. */
const NETWORK_ERROR = 2;

export class Steps {
  /** Answers on their way. */
  late = new Late();
  #texts = 0;
  #usedTimes = new Set();
  #usedIds = new Set();
  /** The conversations that the last step chose: what it did shows there. */
  touched = new Set();

  constructor(world) {
    this.world = world;
    this.random = world.random;
    this.choices = [
      [10, this.send], [3, this.sendOld], [8, this.fetch], [4, this.fetchMany], [7, this.fetchLate], [9, this.arrive],
      [5, this.removeIds], [2, this.removeTime], [6, this.removeLate], [1.5, this.deleteConversation], [0.2, this.deleteAll],
      [3, this.list], [1.5, this.listLate], [2, this.recall], [6, this.edit], [1.5, this.offline], [3, this.online],
      [1.5, this.cut], [1.5, this.reload], [1, this.reopen], [1, this.relogin], [0.4, this.wipe], [1, this.secondTab],
    ];
  }

  /** Does one; resolves with what it was. */
  async next() {
    this.touched.clear();
    for (;;) {
      const step = this.random.weighted(this.choices);
      const what = await step.call(this);
      if (what) return `${step.name} ${what}`;
    }
  }

  /** How to walk a conversation of a copy. */
  how = () => ({
    pageSize: this.random.weighted([[1, 1], [1, 2], [2, 3], [2, 7], [3, 20], [2, 50]]),
    searchDirection: this.random.pick(["up", "down"]),
  });

  #conversation() {
    // Often one of which something is on its way: there things meet.
    const late = this.random.chance(0.4) && this.late.any(this.random)?.conversation;
    return this.#touch(late || this.random.pick(this.world.conversations));
  }

  #touch(conversation) {
    if (conversation) this.touched.add(conversation);
    return conversation;
  }

  #device = () => this.random.pick(this.world.devices);

  /** A tab that can reach the server. */
  #tab(device = this.#device()) {
    return this.random.pick(device.tabs.filter((tab) => tab.wantsSession && device.network.online));
  }

  #query(conversation) {
    const { random } = this;
    const options = { ...conversation, pageSize: random.pick([1, 2, 3, 5, 8, 13, 20, 50]), searchDirection: random.pick(["up", "down"]) };
    const anchor = random.pick(this.world.truth.known(conversation));
    if (anchor && random.chance(0.6)) options.startMsgId = anchor.id;
    if (random.chance(0.25)) {
      const one = random.pick(this.world.truth.known(conversation));
      random.weighted([
        [1, () => (options.from = random.pick(this.world.writers(conversation)))],
        [1, () => (options.msgTypes = random.some(["txt", "custom", "cmd"], random.int(1, 2)))],
        [1, () => one && (options.startTime = one.timestamp)],
        [1, () => one && (options.endTime = one.timestamp)],
      ])();
    }
    if (random.chance(0.05)) options.save = false;
    return options;
  }

  // What others do.

  async #burst(conversation, count, time) {
    const { random, world } = this;
    for (let at = 0; at < count; at += 1) {
      const type = random.weighted([[8, "txt"], [1, "custom"], [1, "cmd"]]);
      const extra = time === undefined ? {} : { msg_timestamp: time };
      await world.send(conversation, random.pick(world.writers(conversation)), type, `${type} ${(this.#texts += 1)}`, extra);
    }
    return `${count} to ${keyOf(conversation)}${time === undefined ? "" : ` at ${time}`}`;
  }

  send() {
    const equal = this.random.chance(0.3);
    const count = this.random.weighted([[4, this.random.int(1, 3)], [2, this.random.int(4, 12)], [1, this.random.int(20, 30)]]);
    return this.#burst(this.#conversation(), count, equal ? Date.now() : undefined);
  }

  /** Under a time at which messages stand already. */
  async sendOld() {
    const conversation = this.#conversation();
    const among = this.random.pick(this.world.truth.visible(conversation));
    const time = among && among.timestamp - this.random.int(0, 1);
    if (!time) return;
    return this.#burst(conversation, this.random.int(1, 3), time);
  }

  async recall() {
    const conversation = this.#conversation();
    const message = this.random.pick(this.world.truth.visible(conversation));
    if (!message) return;
    await this.world.admin.call("POST", "/messages/msg_recall", { msg_id: message.id, force: true });
    this.world.truth.changed(conversation);
    return message.id;
  }

  /** Bob edits what he wrote. */
  async edit() {
    const { random, world } = this;
    const conversation = this.#conversation();
    const own = world.truth.visible(conversation).filter(({ from, said }) => from === "bob" && said.startsWith("txt"));
    const message = random.pick(own);
    if (!message) return;
    const to = conversation.conversationType === "groupChat" ? conversation.conversationId : world.user;
    const msg = `edit ${(this.#texts += 1)}`;
    await world.bob.edit(message.id, { type: "txt", chatType: conversation.conversationType, to, msg });
    world.truth.edited.add(message.id);
    world.truth.changed(conversation);
    return `${message.id} to ${msg}`;
  }

  // What the user fetches.

  async fetch() {
    const tab = this.#tab();
    const options = this.#query(this.#conversation());
    if (!tab) return this.#fetchOffline(options);
    const got = await tab.call("fetchHistoryMessages", options);
    const want = this.world.truth.page(options);
    assert.deepEqual(got.messages, want.messages, `${tab}: the page is not what the server has`);
    assert.equal(got.isLast, want.isLast, `${tab}: isLast of ${JSON.stringify(options)}`);
    return `${tab} ${JSON.stringify(options)}: ${got.messages.length}`;
  }

  async #fetchOffline(options) {
    const off = this.world.devices.flatMap(({ tabs, network }) => (network.online ? [] : tabs));
    const tab = this.random.pick(off.filter(({ wantsSession }) => wantsSession));
    if (!tab) return;
    const { error } = await tab.attempt("fetchHistoryMessages", options);
    assert.equal(error?.code, NETWORK_ERROR, `${tab}: off the network`);
    const victim = this.random.pick(this.world.truth.visible(options));
    if (!victim) return `${tab} offline`;
    // A removal that fails removes nothing here either: the checks go on expecting the message.
    const { conversationId, conversationType } = options;
    const refused = await tab.attempt("removeMessagesFromServer", { conversationId, conversationType, msgIdList: [victim.id] });
    assert.equal(refused.error?.code, NETWORK_ERROR, `${tab}: off the network`);
    return `${tab} offline, and a removal`;
  }

  /** Several pages at once, while messages come. */
  async fetchMany() {
    const { random, world } = this;
    const conversation = this.#conversation();
    const calls = [];
    for (let at = random.int(2, 5); at > 0; at -= 1) {
      const tab = this.#tab();
      const options = this.#query(random.chance(0.7) ? conversation : this.#conversation());
      if (tab) calls.push({ tab, options, lag: new Lag(tab.device), run: tab.call("fetchHistoryMessages", options) });
    }
    const results = Promise.all(calls.map(({ run }) => run));
    const [pages] = await Promise.all([results, this.#burst(conversation, random.int(0, 4))]);
    await world.truth.refresh();
    calls.forEach(({ tab, options, lag }, at) => checkShown(lag, options, pages[at].messages, `${tab}: one of many pages`));
    return calls.map(({ tab, options }) => `${tab} ${JSON.stringify(options)}`).join(", ");
  }

  fetchLate() {
    const conversation = this.#conversation();
    return this.late.begin("page", this.#tab(), conversation, "fetchHistoryMessages", this.#query(conversation));
  }

  listLate() {
    const options = { pageSize: this.random.pick([1, 2, 50]) };
    return this.late.begin("list", this.#tab(), null, "fetchConversationsFromServer", options);
  }

  /** A removal whose answer is late. */
  async removeLate() {
    const conversation = this.#conversation();
    const what = this.random.chance(0.7) ? this.#ids(conversation) : this.#time(conversation);
    if (!what) return;
    const done = await this.late.begin("removal", this.#tab(), conversation, "removeMessagesFromServer", { ...conversation, ...what });
    if (done) this.world.truth.changed(conversation);
    return done;
  }

  async arrive() {
    const one = this.late.any(this.random);
    if (!one) return;
    this.#touch(one.conversation);
    return this.late.land(one);
  }

  async list() {
    const { random } = this;
    const tab = this.#tab();
    if (!tab) return;
    const options = random.pick([undefined, { pageSize: 2 }, { pageSize: 50, includeEmpty: true }, { pinnedOnly: true }, { pageSize: 50 }]);
    await tab.call("fetchConversationsFromServer", ...(options ? [options] : []));
    return `${tab} ${JSON.stringify(options)}`;
  }

  // What the user removes.

  /** Ids to remove; each set of them only once, so that its event is known for a repetition. */
  #ids(conversation) {
    const { truth } = this.world;
    const from = this.random.chance(0.9) ? truth.visible(conversation) : truth.known(conversation);
    const msgIdList = this.random.some(from, this.random.pick([1, 1, 2, 3, 8, 50])).map(({ id }) => id);
    const key = msgIdList.join();
    if (msgIdList.length === 0 || this.#usedIds.has(key)) return;
    this.#usedIds.add(key);
    return { msgIdList };
  }

  #time(conversation) {
    const { random, world } = this;
    const visible = world.truth.visible(conversation);
    const some = visible[Math.min(random.int(0, visible.length), random.int(0, visible.length), visible.length - 1)];
    if (!some) return;
    const ahead = random.chance(0.1);
    const time = ahead ? Date.now() + 3_600_000 : some.timestamp;
    const key = `${keyOf(conversation)} ${time}`;
    if (this.#usedTimes.has(key)) return;
    this.#usedTimes.add(key);
    return { time };
  }

  removeIds() {
    const conversation = this.#conversation();
    return this.#remove(conversation, this.#ids(conversation));
  }

  removeTime() {
    const conversation = this.#conversation();
    return this.#remove(conversation, this.#time(conversation));
  }

  async #remove(conversation, what) {
    if (!what) return;
    const tab = this.random.chance(0.6) && this.#tab();
    if (tab) await tab.call("removeMessagesFromServer", { ...conversation, ...what });
    else await this.world.service.remove("elsewhere", conversation, what);
    this.world.truth.changed(conversation);
    await this.world.nextMillisecond();
    // Not more than is there now, whatever the time says.
    if (tab) tab.device.apply(conversation, { ...what, time: what.time && Math.min(what.time, Date.now()) }, tab);
    return `${tab || "elsewhere"} ${keyOf(conversation)} ${JSON.stringify(what)}`;
  }

  async deleteConversation() {
    const conversation = this.#conversation();
    return this.#delete([conversation], this.random.chance(0.5), "deleteConversationFromServer", (withMessages) => ({
      ...conversation, isDeleteServerMessages: withMessages,
    }));
  }

  deleteAll() {
    return this.#delete(this.world.conversations, true, "deleteAllMessagesAndConversations");
  }

  async #delete(conversations, withMessages, method, options) {
    const { world } = this;
    conversations.forEach((conversation) => this.#touch(conversation));
    const tab = this.random.chance(0.6) && this.#tab();
    const run = tab
      ? () => tab.call(method, ...(options ? [options(withMessages)] : []))
      : () => (options ? world.service.deleteConversation("elsewhere", conversations[0], withMessages) : world.service.deleteEverything("elsewhere"));
    const { ids } = await world.deleting(tab ? tab.device.name : "elsewhere", conversations, withMessages, run);
    if (tab && withMessages) tab.device.apply(conversations[0], { msgIdList: ids }, tab);
    return `${tab || "elsewhere"} ${conversations.map(keyOf)} ${withMessages ? "with" : "without"} messages`;
  }

  // What happens to tabs and connections.

  async offline() {
    const device = this.random.pick(this.world.devices.filter(({ network }) => network.online));
    if (!device) return;
    await this.late.break(device);
    device.network.online = false;
    return device.name;
  }

  online() {
    const device = this.random.pick(this.world.devices.filter(({ network }) => !network.online));
    if (device) device.network.online = true;
    return device?.name;
  }

  async cut() {
    const device = this.#device();
    await this.late.break(device);
    device.network.cut();
    return device.name;
  }

  /** What the page was doing is cut off with it. */
  async #busy(tab) {
    if (!tab.wantsSession || !tab.device.network.online) return "";
    const count = this.random.int(0, 3);
    for (let at = 0; at < count; at += 1) await tab.begin("fetchHistoryMessages", this.#query(this.#conversation()));
    return ` while it fetches ${count} pages`;
  }

  async #login(tab) {
    if (tab.device.network.online) await tab.login();
  }

  async reload() {
    const tab = (this.random.chance(0.4) && this.late.any(this.random)?.tab) || this.random.pick(this.#device().tabs);
    if (tab.page.isClosed()) return;
    const busy = await this.#busy(tab);
    await tab.reload();
    await this.#login(tab);
    return `${tab}${busy}`;
  }

  async reopen() {
    const tab = this.random.pick(this.#device().tabs);
    const busy = await this.#busy(tab);
    await tab.closePage();
    await tab.load();
    await this.#login(tab);
    return `${tab}${busy}`;
  }

  async relogin() {
    const tab = this.#tab();
    if (!tab) return;
    this.late.loggedOut(tab);
    await tab.call("logout");
    tab.wantsSession = false;
    if (this.random.chance(0.7)) await this.#login(tab);
    return `${tab}${tab.wantsSession ? "" : ", and stays out"}`;
  }

  /** A device with one tab deletes its copy and begins anew. */
  async wipe() {
    const device = this.random.pick(this.world.devices.filter(({ tabs }) => tabs.length === 1));
    if (!device) return;
    const [tab] = device.tabs;
    await tab.call("logout", { wipe: true });
    tab.leave();
    device.forget();
    await tab.start();
    await this.#login(tab);
    return `${tab}`;
  }

  /** The first device has one tab or two. */
  async secondTab() {
    const [device] = this.world.devices;
    if (device.tabs.length === 2) {
      const [tab] = device.tabs.splice(1, 1);
      await tab.closePage();
      return `${tab} closes`;
    }
    const tab = await device.openTab();
    await this.#login(tab);
    return `${tab} opens`;
  }
}

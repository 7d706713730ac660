// A ledger of events: those that the server's actions must cause, and those that each tab received.

import { conversationKey } from "../support/conversations.mjs";
import { removalKey } from "../model/device.mjs";

const REMOVAL = /\/sdk\/message\/roaming\/(chat|group)\/user\/[^/?]+(\/time)?\?/;
const DELETION = /\/user\/[^/?]+\/user_channel\?/;

const deletionKey = (conversation) => `deletion ${conversationKey(conversation)}`;

export class Ledger {
  #conversations;
  #clock = 0;
  /** The actions of the server: `{ key, by, startedAt }`, with the name of the device and the time of its request. */
  #actions = [];
  /** The time at which each message was sent, by id. */
  #sentAt = new Map();
  /** The number of times each tab received each event. */
  #received = new Map();
  /** Since when each tab receives events without interruption. */
  #listeningSince = new Map();

  constructor(conversations) {
    this.#conversations = conversations;
  }

  /** A logical time, later than all earlier ones. */
  now() {
    return (this.#clock += 1);
  }

  // Actions of the server.

  /** Records a request that the server carried out. */
  recordRequest({ method, url, body }, startedAt) {
    if (method !== "DELETE") return;
    const query = new URL(url, "http://localhost").searchParams;
    const record = (key) => this.#actions.push({ key, by: query.get("resource"), startedAt });
    const conversation = (id) => this.#conversations.find(({ conversationId }) => conversationId === id);
    if (REMOVAL.test(url)) {
      const removal = { msgIdList: query.get("msgIdList"), time: query.get("delTime") };
      record(removalKey(conversation(query.get("userId") ?? query.get("groupId")), removal));
    } else if (DELETION.test(url)) {
      record(deletionKey(conversation(JSON.parse(body).channel)));
    }
  }

  /** The number of times the server carried out this removal for the device. */
  removals(device, conversation, removal) {
    return this.#count(device, removalKey(conversation, removal));
  }

  /** The number of times the server deleted the conversation for the device. */
  deletions(device, conversation) {
    return this.#count(device, deletionKey(conversation));
  }

  #count(device, key) {
    return this.#actions.filter((action) => action.by === device && action.key === key).length;
  }

  recordMessage(id, startedAt) {
    this.#sentAt.set(id, startedAt);
  }

  // Events of tabs.

  /** Notes that a tab has logged in. From now on it must receive every event. */
  startListening(tab) {
    this.#listeningSince.set(tab, this.now());
  }

  /** Notes that a tab's page or login is gone. It may receive later events or miss them. */
  stopListening(tab) {
    this.#listeningSince.delete(tab);
  }

  recordEvent(tab, name, value) {
    if (name === "messageRemoved") this.#record(tab, removalKey(value, value), value.deviceId);
    if (name === "conversationDeleted") this.#record(tab, deletionKey(value), value.deviceId);
    if (name === "messageReceived") this.#record(tab, `message ${value.id}`, "others");
  }

  #record(tab, event, by) {
    if (!this.#received.has(tab)) this.#received.set(tab, new Map());
    const key = `${event} by ${by}`;
    this.#received.get(tab).set(key, this.#timesReceived(tab, key) + 1);
  }

  #timesReceived(tab, key) {
    return this.#received.get(tab)?.get(key) ?? 0;
  }

  /**
   * Lists the events that a tab did not receive exactly as often as the server acted.
   * @param {(id: string) => boolean} isVisible whether the server still has a message; only then must it have arrived
   */
  differences(tab, isVisible) {
    const since = this.#listeningSince.get(tab) ?? Infinity;
    const expected = new Map();
    const add = (key, startedAt, required) => {
      const { min, max } = expected.get(key) ?? { min: 0, max: 0 };
      expected.set(key, { min: min + (startedAt > since && required), max: max + 1 });
    };
    for (const { key, by, startedAt } of this.#actions) {
      if (by !== tab.device.name) add(`${key} by ${by}`, startedAt, true);
    }
    for (const [id, startedAt] of this.#sentAt) add(`message ${id} by others`, startedAt, isVisible(id));
    for (const key of this.#received.get(tab)?.keys() ?? []) if (!expected.has(key)) expected.set(key, { min: 0, max: 0 });
    return [...expected]
      .map(([key, range]) => ({ key, ...range, times: this.#timesReceived(tab, key) }))
      .filter(({ times, min, max }) => times < min || times > max)
      .map(({ key, times, min, max }) => `${tab} received ${times} times, not ${min} to ${max}: ${key}`);
  }
}

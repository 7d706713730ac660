// What the server did for a user, as the network saw it, and how often each tab was told of it.

import { keyOf } from "../model/truth.mjs";

const REMOVAL = /\/sdk\/message\/roaming\/(chat|group)\/user\/[^/?]+(\/time)?\?/;
const DELETION = /\/user\/[^/?]+\/user_channel\?/;

/** Names a removal or a deletion: the same for the request and the event. */
const removal = (conversation, { msgIdList, time }) => `removal ${keyOf(conversation)} ${msgIdList ?? ""} ${time ?? ""}`;
const deletion = (conversation) => `deletion ${keyOf(conversation)}`;

export class Ledger {
  #conversations;
  #clock = 0;
  /** `{ what, by, begun }`: by which device, and when it was asked for. */
  #acts = [];
  /** When each message was sent. */
  #sent = new Map();
  /** By tab: what it was told, as often as it was; and since when it listens. */
  #told = new Map();
  #since = new Map();

  constructor(conversations) {
    this.#conversations = conversations;
  }

  /** A moment, after all earlier ones. */
  now() {
    return (this.#clock += 1);
  }

  // What the server did.

  /** A request that was begun then, and that the server did. */
  acted({ method, url, body }, begun) {
    if (method !== "DELETE") return;
    const query = new URL(url, "http://localhost").searchParams;
    const note = (what) => this.#acts.push({ what, by: query.get("resource"), begun });
    const conversation = (id) => this.#conversations.find(({ conversationId }) => conversationId === id);
    if (REMOVAL.test(url)) {
      const which = { msgIdList: query.get("msgIdList"), time: query.get("delTime") };
      note(removal(conversation(query.get("userId") ?? query.get("groupId")), which));
    } else if (DELETION.test(url)) {
      note(deletion(conversation(JSON.parse(body).channel)));
    }
  }

  /** How often the server did what that call asked for. */
  removals(device, conversation, what) {
    return this.#acts.filter((act) => act.by === device && act.what === removal(conversation, what)).length;
  }

  deletions(device, conversation) {
    return this.#acts.filter((act) => act.by === device && act.what === deletion(conversation)).length;
  }

  sent(id, begun) {
    this.#sent.set(id, begun);
  }

  // What tabs were told.

  /** The tab's login is done: from now on it hears of everything. */
  listens(tab) {
    this.#since.set(tab, this.now());
  }

  /** Its page is gone, or its login. What happens now it may hear of later, or not. */
  sleeps(tab) {
    this.#since.delete(tab);
  }

  told(tab, name, value) {
    if (name === "messageRemoved") this.#tell(tab, removal(value, value), value.deviceId);
    if (name === "conversationDeleted") this.#tell(tab, deletion(value), value.deviceId);
    if (name === "messageReceived") this.#tell(tab, `message ${value.id}`, "others");
  }

  #tell(tab, what, by) {
    if (!this.#told.has(tab)) this.#told.set(tab, new Map());
    const key = `${what} by ${by}`;
    this.#told.get(tab).set(key, this.times(tab, key) + 1);
  }

  /** How often that was told. */
  times(tab, key) {
    return this.#told.get(tab)?.get(key) ?? 0;
  }

  /**
   * Where a tab was not told of everything done elsewhere exactly once.
   * @param {(id: string) => boolean} isVisible whether that message is still there: only then it must have come
   */
  differences(tab, isVisible) {
    const since = this.#since.get(tab) ?? Infinity;
    const want = new Map();
    const add = (key, begun, must) => {
      const { least, most } = want.get(key) ?? { least: 0, most: 0 };
      want.set(key, { least: least + (begun > since && must), most: most + 1 });
    };
    for (const { what, by, begun } of this.#acts) if (by !== tab.device.name) add(`${what} by ${by}`, begun, true);
    for (const [id, begun] of this.#sent) add(`message ${id} by others`, begun, isVisible(id));
    for (const key of this.#told.get(tab)?.keys() ?? []) if (!want.has(key)) want.set(key, { least: 0, most: 0 });
    const differs = ([key, { least, most }]) => this.times(tab, key) < least || this.times(tab, key) > most;
    const line = ([key, { least, most }]) => `${tab} was told ${this.times(tab, key)} times, not ${least} to ${most}: ${key}`;
    return [...want].filter(differs).map(line);
  }
}

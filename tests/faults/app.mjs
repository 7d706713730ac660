// What an application does on one device over a bad network: it logs in until that works, takes errors for what they
// say, and gets a new token when it is told to.

import assert from "node:assert/strict";

import { Lag, checkShown } from "../model/promises.mjs";

/** What a call may reject with on a bad network: `RoamError`'s NETWORK_ERROR, EXCEED_SERVICE_LIMIT, SERVER_… */
const TROUBLES = [2, 4, 300, 301, 302, 303];
/** With these the server did nothing. But a browser repeats a request by itself when a connection breaks, and shows the last answer alone. */
const INVALID_TOKEN = 104;
const TOKEN_EXPIRED = 108;
const TURNED_AWAY = [4, 302, INVALID_TOKEN, TOKEN_EXPIRED];
const NOT_LOGGED_IN = 201;
/** What a call says that nobody knows the outcome of. */
const UNCERTAIN = /may or may not have been done/;
/** How late the end of a token may be told. */
const TOLD_MS = 5_000;
const MOMENT_MS = 500;
/** Tries of an application that does not give up. */
const TRIES = 50;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class App {
  /** Calls that are under way, and what follows from events. */
  #running = new Set();
  /** Pages that are being loaded again. */
  #loading = new Map();
  /** What is to be looked at when the server has done everything. */
  #later = [];
  /** By tab: how often its token's ends were told, and whether it was there all the time. */
  #ends = new Map();

  /** @param {{ seconds: number, renews: "tokenWillExpire" | "tokenExpired" } | null} short whether its token lives so short */
  constructor(world, device, faults, short) {
    Object.assign(this, { world, device, faults, short });
    device.onReport = (name, value, tab) => this.#hears(tab, name, value);
  }

  /** Opens the tabs, in these pages as far as there are any, and logs them in. */
  async start(tabs, pages) {
    const { world, device, short } = this;
    for (let at = 0; at < tabs; at += 1) await device.openTab(pages[at]);
    this.token = short ? await world.admin.userToken(world.user, short.seconds) : world.token;
    if (short) {
      short.ends = Date.now() + short.seconds * 1000;
      this.renewer = device.tabs.at(-1);
      for (const tab of device.tabs) this.#ends.set(tab, { tokenWillExpire: 0, tokenExpired: 0, final: false, whole: true });
    }
    for (const tab of device.tabs) await this.signIn(tab);
    // Four fifths are counted from when the session came up; a tab that came later may find it told.
    const late = short && Date.now() > short.ends - short.seconds * 500;
    for (const ends of this.#ends.values()) if (late) ends.whole = false;
    await this.#takeList();
  }

  /** The whole list, as often as it takes. From then on the copy's is the server's. */
  async #takeList() {
    const options = { pageSize: 50, includeEmpty: true };
    let done = false;
    for (let tries = 0; !done; tries += 1) {
      assert.ok(tries < TRIES, `${this.device.name}: no list in ${TRIES} tries`);
      await this.call(this.device.tabs[0], "fetchConversationsFromServer", options, ({ ok }) => (done = ok));
    }
  }

  /** Logs in, however often it fails. */
  async signIn(tab) {
    const { generation } = tab;
    for (let tries = 1; generation === tab.generation; tries += 1) {
      const { gone, error } = await this.#attempt(tab, "login", { token: this.token });
      if (gone) return;
      if (!error) {
        tab.wantsSession = true;
        this.world.ledger.listens(tab);
        return;
      }
      this.#may(tab, "login", error);
      if (tries === TRIES) throw new Error(`${tab}: no login in ${TRIES} tries: ${error.message}`);
      if ([INVALID_TOKEN, TOKEN_EXPIRED].includes(error.code)) await this.#newToken();
      await pause(20);
    }
  }

  async reload(tab) {
    this.world.ledger.sleeps(tab);
    const ends = this.#ends.get(tab);
    if (ends) ends.whole = false;
    const loaded = tab.reload();
    this.#loading.set(tab, loaded);
    await loaded;
    await this.signIn(tab);
  }

  /** Makes a call on a page that is there: `{ value }`, `{ error }`, or `{ gone }` if the page went away meanwhile. */
  async #attempt(tab, method, ...args) {
    await this.#loading.get(tab);
    const { generation } = tab;
    try {
      const outcome = await tab.attempt(method, ...args);
      return generation === tab.generation ? outcome : { gone: true };
    } catch (error) {
      if (generation === tab.generation) throw error;
      return { gone: true };
    }
  }

  /** Makes a call. Its outcome is looked at in any case; resolves when it is there. */
  call(tab, method, options, done = () => {}) {
    const lag = new Lag(this.device);
    const outcome = async () => {
      const { gone, value, error } = await this.#attempt(tab, method, ...(options ? [options] : []));
      // With the page whoever waited went, too.
      if (gone) return;
      if (error) this.#may(tab, method, error);
      await done({ value, lag, ok: !error, denied: Boolean(error) && !UNCERTAIN.test(error.message) && !TURNED_AWAY.includes(error.code) });
    };
    return this.track(outcome());
  }

  fetch(tab, options) {
    return this.call(tab, "fetchHistoryMessages", options, ({ value, lag, ok }) => {
      if (ok) this.#later.push(() => checkShown(lag, options, value.messages, `${tab}: a page`));
    });
  }

  remove(tab, conversation, what) {
    const { device, world } = this;
    return this.call(tab, "removeMessagesFromServer", { ...conversation, ...what }, ({ ok, denied }) => {
      world.truth.changed(conversation);
      if (ok) device.apply(conversation, what, tab);
      this.#later.push(() => this.#honest(`${tab}: removal ${JSON.stringify(what)}`, ok, denied, world.ledger.removals(device.name, conversation, what)));
    });
  }

  deleteConversation(tab, conversation, withMessages, ids, deletion) {
    const { device, world } = this;
    const before = world.ledger.deletions(device.name, conversation);
    const options = { ...conversation, isDeleteServerMessages: withMessages };
    return this.call(tab, "deleteConversationFromServer", options, async ({ ok, denied }) => {
      world.truth.changed(conversation);
      // Of a message that was still on its way nobody can say whether it went, too: it is told, and looked into.
      const known = ids.filter((id) => device.told.has(id) || !world.truth.fresh.has(id));
      if (ok) device.apply(conversation, { msgIdList: known }, tab);
      await this.faults.idle();
      deletion.to = Date.now();
      this.#honest(`${tab}: deletion`, ok, denied, world.ledger.deletions(device.name, conversation) - before);
    });
  }

  /** A call that is done was done, and one that says it was not was not. */
  #honest(what, ok, denied, times) {
    if (ok) assert.ok(times > 0, `${what}: it says that it is done, and the server never did it`);
    if (denied) assert.equal(times, 0, `${what}: it says that it failed, and the server did it`);
  }

  /** What a call may reject with. */
  #may(tab, method, { code, message }) {
    const allowed = this.short ? [...TROUBLES, INVALID_TOKEN, TOKEN_EXPIRED, NOT_LOGGED_IN] : TROUBLES;
    assert.ok(allowed.includes(code), `${tab}: ${method} rejects with ${code} ${message}`);
  }

  track(promise) {
    // Whoever waits for everything hears of it.
    promise.catch(() => {});
    this.#running.add(promise);
    promise.then(() => this.#running.delete(promise), () => {});
    return promise;
  }

  /** Until nothing is under way. */
  async settled() {
    while (this.#running.size > 0) await Promise.all(this.#running);
    await this.faults.idle();
    for (const look of this.#later.splice(0)) look();
  }

  // Events.

  #hears(tab, name, value) {
    this.world.ledger.told(tab, name, value);
    this.world.log(`${tab} ${name} ${JSON.stringify(value)}`);
    const ends = this.#ends.get(tab);
    if (name in (ends ?? {})) ends[name] += 1;
    // A tab that was loading when that was told hears of the end all the same.
    const due = name === this.short?.renews || (name === "tokenExpired" && this.short && !this.short.begun);
    if (due && tab === this.renewer) this.track(this.#renew());
    if (name === "disconnected" && !value.willReconnect) this.#ended(tab, value, ends);
  }

  /** The session is over for good: the application logs in again. */
  #ended(tab, { code, reason }, ends) {
    this.world.ledger.sleeps(tab);
    if (ends) ends.final = true;
    const run = async () => {
      assert.ok(this.short && [INVALID_TOKEN, TOKEN_EXPIRED].includes(code), `${tab}: the session ended: ${code} ${reason}`);
      await this.#newToken();
      await this.signIn(tab);
    };
    this.track(run());
  }

  async #newToken() {
    this.token = await this.world.admin.userToken(this.world.user);
  }

  /** Hands the new token over on any tab that has a login; who has none logs in with it. */
  async #renew() {
    this.short.begun = true;
    await this.#newToken();
    const { tabs } = this.device;
    for (let tries = 0, out = 0; out < tabs.length; tries += 1) {
      const tab = tabs[tries % tabs.length];
      const { gone, error } = await this.#attempt(tab, "renewToken", this.token);
      if (!gone && !error) {
        this.short.renewed = Date.now();
        return;
      }
      out = gone || error.code === NOT_LOGGED_IN ? out + 1 : 0;
      if (out === 0) this.#may(tab, "renewToken", error);
      if (tries === TRIES) throw new Error(`${tab}: no new token in ${TRIES} tries: ${error.message}`);
    }
  }

  /** Until the short token's life is over; then each tab was told of its ends as often as there were any. */
  async outlived() {
    const { short } = this;
    if (!short) return;
    await pause(short.ends - Date.now());
    await this.settled();
    // What ends in the very moment in which it is renewed may be told of, or not.
    const mayEnd = short.renews === "tokenExpired" || !(short.renewed < short.ends - MOMENT_MS);
    const mustEnd = short.renews === "tokenExpired" || !(short.renewed < short.ends + MOMENT_MS);
    const hasAll = ({ tokenWillExpire, tokenExpired, final, whole }) =>
      !whole || (tokenWillExpire === 1 && (tokenExpired === 1 || final || !mustEnd));
    const told = () => [...this.#ends.values()].every(hasAll);
    await this.device.until("the token's end", told, TOLD_MS).catch(() => {});
    await this.settled();
    const wrong = ([, ends]) => !hasAll(ends) || ends.tokenWillExpire > 1 || ends.tokenExpired > Number(mayEnd);
    const list = [...this.#ends].filter(wrong).map(([tab, ends]) => `${tab} ${JSON.stringify(ends)}`);
    assert.equal(list.join(), "", `a token of ${JSON.stringify(short)} was told of otherwise than once`);
  }
}

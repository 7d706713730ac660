// An application on one device with a bad network. It retries the login until that succeeds, and gets a new token when
// an event asks for it.

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

import { DeviceSnapshot, checkMessages } from "../model/checks.mjs";

/** The codes with which a call may reject on a bad network: NETWORK_ERROR, EXCEED_SERVICE_LIMIT, SERVER_… */
const NETWORK_CODES = [2, 4, 300, 301, 302, 303];
const INVALID_TOKEN = 104;
const TOKEN_EXPIRED = 108;
/**
 * With these codes the server refused the last request. It may have carried out an earlier one, because a browser
 * repeats a request by itself when its connection breaks, and reports only the last answer.
 */
const REFUSED_CODES = [4, 302, INVALID_TOKEN, TOKEN_EXPIRED];
const NOT_LOGGED_IN = 201;
/** The message of an error that does not say whether the server carried the call out. */
const UNCERTAIN = /may or may not have been done/;
/** The maximum delay of the event about the end of a token. */
const EXPIRY_EVENT_MS = 5_000;
/** A token that is renewed this close to its end may or may not cause an event. */
const EXPIRY_TOLERANCE_MS = 500;
/** After so many attempts the test fails. */
const MAX_ATTEMPTS = 50;

export class Application {
  /** Promises of running calls and of reactions to events. */
  #running = new Set();
  /** Promises of page loads, by tab. */
  #loading = new Map();
  /** Checks to make when the server has carried out all requests. */
  #deferredChecks = [];
  /** By tab: how often each token event arrived, and whether the tab was there all the time. */
  #tokenEvents = new Map();

  /**
   * @param {{ seconds: number, renews: "tokenWillExpire" | "tokenExpired" } | null} shortToken the lifetime of the first
   *   token, and the event on which the application renews it; null for a token that outlives the test
   */
  constructor(fixture, device, faults, shortToken) {
    Object.assign(this, { fixture, device, faults, shortToken });
    device.onReport = (name, value, tab) => this.#onEvent(tab, name, value);
  }

  /** Opens the tabs, in `pages` as far as there are any, logs them in and fetches the list. */
  async start(tabs, pages) {
    const { fixture, device, shortToken } = this;
    for (let i = 0; i < tabs; i += 1) await device.openTab(pages[i]);
    this.token = shortToken ? await fixture.appRest.userToken(fixture.user, shortToken.seconds) : fixture.token;
    if (shortToken) {
      shortToken.endsAt = Date.now() + shortToken.seconds * 1000;
      this.renewingTab = device.tabs.at(-1);
      for (const tab of device.tabs) {
        this.#tokenEvents.set(tab, { tokenWillExpire: 0, tokenExpired: 0, sessionEnded: false, complete: true });
      }
    }
    for (const tab of device.tabs) await this.logIn(tab);
    // `tokenWillExpire` is due after 80 % of the lifetime, counted from the session's start. A tab that logs in later
    // may miss it.
    const late = shortToken && Date.now() > shortToken.endsAt - shortToken.seconds * 500;
    for (const events of this.#tokenEvents.values()) if (late) events.complete = false;
    await this.#fetchWholeList();
  }

  /** Fetches the list until that succeeds. From then on the copy's list is the server's. */
  async #fetchWholeList() {
    const options = { pageSize: 50, includeEmpty: true };
    let done = false;
    for (let attempt = 0; !done; attempt += 1) {
      assert.ok(attempt < MAX_ATTEMPTS, `${this.device.name}: no list in ${MAX_ATTEMPTS} attempts`);
      await this.call(this.device.tabs[0], "fetchConversationsFromServer", options, ({ ok }) => (done = ok));
    }
  }

  /** Logs a tab in. Repeats the login until it succeeds. */
  async logIn(tab) {
    const { generation } = tab;
    for (let attempt = 1; generation === tab.generation; attempt += 1) {
      const { gone, error } = await this.#attempt(tab, "login", { token: this.token });
      if (gone) return;
      if (!error) {
        tab.wantsSession = true;
        this.fixture.ledger.startListening(tab);
        return;
      }
      this.#checkCode(tab, "login", error);
      if (attempt === MAX_ATTEMPTS) throw new Error(`${tab}: no login in ${MAX_ATTEMPTS} attempts: ${error.message}`);
      if ([INVALID_TOKEN, TOKEN_EXPIRED].includes(error.code)) await this.#getNewToken();
      await sleep(20);
    }
  }

  async reload(tab) {
    this.fixture.ledger.stopListening(tab);
    const events = this.#tokenEvents.get(tab);
    if (events) events.complete = false;
    const loaded = tab.reload();
    this.#loading.set(tab, loaded);
    await loaded;
    await this.logIn(tab);
  }

  /** Makes a call when the page is loaded. Resolves with `{ value }`, `{ error }`, or `{ gone }` if the page was unloaded. */
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

  /** Makes a call and checks its outcome. `onOutcome` is not called if the page was unloaded. */
  call(tab, method, options, onOutcome = () => {}) {
    const snapshot = new DeviceSnapshot(this.device);
    const run = async () => {
      const { gone, value, error } = await this.#attempt(tab, method, ...(options ? [options] : []));
      if (gone) return;
      if (error) this.#checkCode(tab, method, error);
      const notDone = Boolean(error) && !UNCERTAIN.test(error.message) && !REFUSED_CODES.includes(error.code);
      await onOutcome({ value, snapshot, ok: !error, notDone });
    };
    return this.track(run());
  }

  fetch(tab, options) {
    return this.call(tab, "fetchHistoryMessages", options, ({ value, snapshot, ok }) => {
      if (ok) this.#deferredChecks.push(() => checkMessages(snapshot, options, value.messages, `${tab}: a page`));
    });
  }

  remove(tab, conversation, removal) {
    const { device, fixture } = this;
    return this.call(tab, "removeMessagesFromServer", { ...conversation, ...removal }, (outcome) => {
      fixture.serverState.invalidate(conversation);
      if (outcome.ok) device.recordRemoval(conversation, removal, tab);
      this.#deferredChecks.push(() => {
        const times = fixture.ledger.removals(device.name, conversation, removal);
        this.#checkOutcome(`${tab}: removal ${JSON.stringify(removal)}`, outcome, times);
      });
    });
  }

  deleteConversation(tab, conversation, withMessages, ids, deletion) {
    const { device, fixture } = this;
    const before = fixture.ledger.deletions(device.name, conversation);
    const options = { ...conversation, isDeleteServerMessages: withMessages };
    return this.call(tab, "deleteConversationFromServer", options, async (outcome) => {
      fixture.serverState.invalidate(conversation);
      // The device cannot tell whether the deletion covered a message that it had not received. It receives the message
      // and then compares the conversation with the server.
      const received = ids.filter((id) => device.receivedAt.has(id) || !fixture.serverState.unsettled.has(id));
      if (outcome.ok) device.recordRemoval(conversation, { msgIdList: received }, tab);
      await this.faults.idle();
      deletion.to = Date.now();
      const times = fixture.ledger.deletions(device.name, conversation) - before;
      this.#checkOutcome(`${tab}: deletion`, outcome, times);
    });
  }

  /** Checks that the server carried out a call that resolved, and did not carry out one that reports that. */
  #checkOutcome(description, { ok, notDone }, times) {
    if (ok) assert.ok(times > 0, `${description}: the call resolved, but the server never did it`);
    if (notDone) assert.equal(times, 0, `${description}: the call failed, but the server did it`);
  }

  /** Checks that a call may reject with this code. */
  #checkCode(tab, method, { code, message }) {
    const allowed = this.shortToken ? [...NETWORK_CODES, INVALID_TOKEN, TOKEN_EXPIRED, NOT_LOGGED_IN] : NETWORK_CODES;
    assert.ok(allowed.includes(code), `${tab}: ${method} rejects with ${code} ${message}`);
  }

  /** Adds a promise to those for which `settled` waits. A rejection is reported there. */
  track(promise) {
    promise.catch(() => {});
    this.#running.add(promise);
    promise.then(() => this.#running.delete(promise), () => {});
    return promise;
  }

  /** Waits until no call is running and the server has carried out all requests. Then runs the deferred checks. */
  async settled() {
    while (this.#running.size > 0) await Promise.all(this.#running);
    await this.faults.idle();
    for (const check of this.#deferredChecks.splice(0)) check();
  }

  // Events.

  #onEvent(tab, name, value) {
    this.fixture.ledger.recordEvent(tab, name, value);
    this.fixture.log(`${tab} ${name} ${JSON.stringify(value)}`);
    const events = this.#tokenEvents.get(tab);
    if (name in (events ?? {})) events[name] += 1;
    // A tab that was loading when `tokenWillExpire` was due still receives `tokenExpired`.
    const due = name === this.shortToken?.renews || (name === "tokenExpired" && this.shortToken && !this.shortToken.renewing);
    if (due && tab === this.renewingTab) this.track(this.#renewToken());
    if (name === "disconnected" && !value.willReconnect) this.#onSessionEnded(tab, value, events);
  }

  /** Logs in again after the session has ended for good. */
  #onSessionEnded(tab, { code, reason }, events) {
    this.fixture.ledger.stopListening(tab);
    if (events) events.sessionEnded = true;
    const run = async () => {
      const expected = this.shortToken && [INVALID_TOKEN, TOKEN_EXPIRED].includes(code);
      assert.ok(expected, `${tab}: the session ended: ${code} ${reason}`);
      await this.#getNewToken();
      await this.logIn(tab);
    };
    this.track(run());
  }

  async #getNewToken() {
    this.token = await this.fixture.appRest.userToken(this.fixture.user);
  }

  /** Renews the token on any tab that is logged in. A tab that is not logs in with the new token. */
  async #renewToken() {
    this.shortToken.renewing = true;
    await this.#getNewToken();
    const { tabs } = this.device;
    for (let attempt = 0, loggedOut = 0; loggedOut < tabs.length; attempt += 1) {
      const tab = tabs[attempt % tabs.length];
      const { gone, error } = await this.#attempt(tab, "renewToken", this.token);
      if (!gone && !error) {
        this.shortToken.renewedAt = Date.now();
        return;
      }
      loggedOut = gone || error.code === NOT_LOGGED_IN ? loggedOut + 1 : 0;
      if (loggedOut === 0) this.#checkCode(tab, "renewToken", error);
      if (attempt === MAX_ATTEMPTS) throw new Error(`${tab}: no new token in ${MAX_ATTEMPTS} attempts: ${error.message}`);
    }
  }

  /** Waits until the short token has expired, and checks that each tab received each token event once. */
  async checkTokenEvents() {
    const { shortToken } = this;
    if (!shortToken) return;
    await sleep(Math.max(0, shortToken.endsAt - Date.now()));
    await this.settled();
    const { renews, renewedAt, endsAt } = shortToken;
    const mayExpire = renews === "tokenExpired" || !(renewedAt < endsAt - EXPIRY_TOLERANCE_MS);
    const mustExpire = renews === "tokenExpired" || !(renewedAt < endsAt + EXPIRY_TOLERANCE_MS);
    const isComplete = ({ tokenWillExpire, tokenExpired, sessionEnded, complete }) =>
      !complete || (tokenWillExpire === 1 && (tokenExpired === 1 || sessionEnded || !mustExpire));
    const allComplete = () => [...this.#tokenEvents.values()].every(isComplete);
    await this.device.waitUntil("the token events", allComplete, EXPIRY_EVENT_MS).catch(() => {});
    await this.settled();
    const isWrong = ([, events]) =>
      !isComplete(events) || events.tokenWillExpire > 1 || events.tokenExpired > Number(mayExpire);
    const list = [...this.#tokenEvents].filter(isWrong).map(([tab, events]) => `${tab} ${JSON.stringify(events)}`);
    assert.equal(list.join(), "", `not one of each event for a token of ${JSON.stringify(shortToken)}`);
  }
}

// A device of the user (one browser context with one local copy) and its tabs.

import { fileURLToPath } from "node:url";

import { localContext } from "../support/chromium.mjs";
import { conversationKey } from "../support/conversations.mjs";
import { Network } from "../support/network.mjs";
import { PKG } from "../support/paths.mjs";
import { APP_KEY } from "../support/server.mjs";
import { withTimeout } from "../support/wait.mjs";

export const MOUNTS = {
  "/pkg/": `${PKG}/`,
  "/support/": fileURLToPath(new URL("../support/", import.meta.url)),
  "/app/": fileURLToPath(new URL(".", import.meta.url)),
};
const TIMEOUT_MS = 30_000;
/** Console errors that the browser itself writes about failed requests and sockets. */
const BROWSER_NETWORK_ERROR = /^(Failed to load resource|WebSocket connection to|Access to fetch at)/;

/** Names a removal in messages and maps, the same for a call and for its event. */
export const removalKey = (conversation, { msgIdList, time }) =>
  `removal ${conversationKey(conversation)} ${msgIdList ?? ""} ${time ?? ""}`;

export class Device {
  tabs = [];
  /** Broken promises that were seen while events arrived. */
  violations = [];
  /** The tick at which each message was received, by id. */
  receivedAt = new Map();
  /** Counts the reports of all tabs, so that a test can tell which came first. */
  tick = 0;
  /** True if a tab was closed since the last check. Events that it had received may be lost. */
  mayHaveLostEvents = false;
  /** Called with `(name, value, tab)` for every report. */
  onReport;
  #openedTabs = 0;
  #removedIds = new Map();
  #removedUntil = [];
  #seenEvents = new Set();
  #waiters = new Set();

  constructor(name, fixture) {
    this.name = name;
    this.fixture = fixture;
  }

  /** Uses `context`, which the caller closes, or opens one. `faults` is passed to the device's `Network`. */
  static async open(name, fixture, context, faults) {
    const device = new Device(name, fixture);
    device.ownsContext = !context;
    device.network = await Network.open(fixture.server.url, faults);
    device.context = context ?? (await localContext(fixture.browser));
    return device;
  }

  /** Opens a tab, in `page` if given. The tab opens the local copy but does not log in. */
  async openTab(page) {
    const tab = new Tab(this, (this.#openedTabs += 1));
    this.tabs.push(tab);
    await tab.load(page);
    return tab;
  }

  /** Takes in an event of the client, or an error of the page. */
  report(tab, name, value) {
    this.tick += 1;
    if (name === "messageReceived") this.#messageReceived(tab, value);
    if (name === "messageRemoved") this.#messageRemoved(tab, value);
    if (name === "conversationDeleted") this.#conversationDeleted(tab, value);
    this.onReport?.(name, value, tab);
    if (name === "error" || name === "pageerror" || name === "console") {
      this.violations.push(`${tab}: ${name} ${JSON.stringify(value)}`);
    }
    for (const waiter of [...this.#waiters]) waiter();
  }

  #expectOnce(tab, event) {
    const key = `${tab}: ${event}`;
    if (this.#seenEvents.has(key)) this.violations.push(`${tab}: received twice: ${event}`);
    this.#seenEvents.add(key);
  }

  #messageReceived(tab, message) {
    const removedBy = this.#removedIds.get(message.id)?.tab;
    if (removedBy === tab || removedBy === null) {
      this.violations.push(`${tab}: received ${message.id} after it was removed`);
    }
    this.#expectOnce(tab, `message ${message.id}`);
    if (!this.receivedAt.has(message.id)) this.receivedAt.set(message.id, this.tick);
  }

  #messageRemoved(tab, event) {
    const { msgIdList, time } = event;
    const key = removalKey(event, event);
    if (!this.fixture.repeatedRemovals.has(key)) this.#expectOnce(tab, key);
    this.recordRemoval(event, { msgIdList, time }, tab);
  }

  #conversationDeleted(tab, event) {
    this.#expectOnce(tab, `deletion ${conversationKey(event)} ${event.timestamp}`);
    const matches = ({ by, key, from, to }) =>
      by === event.deviceId && key === conversationKey(event) && from <= event.timestamp && event.timestamp <= to;
    const deletion = this.fixture.deletions.find(matches);
    if (deletion) this.recordRemoval(event, { msgIdList: deletion.ids }, tab);
  }

  /**
   * Records that a removal took effect here: no later read may show a removed message.
   * @param tab the tab on which no later event may contain a removed message; null means every tab
   */
  recordRemoval(conversation, { msgIdList = [], time }, tab = null) {
    for (const id of msgIdList) if (!this.#removedIds.has(id)) this.#removedIds.set(id, { tick: this.tick, tab });
    if (time !== undefined) this.#removedUntil.push({ key: conversationKey(conversation), time, tick: this.tick });
  }

  /** Returns whether a removal of the message had taken effect here by that tick. */
  hasRemoved(message, conversation, tick) {
    const covers = (removal) =>
      removal.key === conversationKey(conversation) && removal.tick <= tick && message.timestamp <= removal.time;
    return (
      this.#removedIds.get(message.id)?.tick <= tick ||
      (!this.fixture.serverState.isVisible(message.id) && this.#removedUntil.some(covers))
    );
  }

  /** Returns whether a removal of the message by id was recorded. */
  knowsRemovalOf(id) {
    return this.#removedIds.has(id);
  }

  /** Waits until `condition` is true. It is checked whenever a tab reports something. */
  waitUntil(description, condition, milliseconds = TIMEOUT_MS) {
    if (condition()) return Promise.resolve();
    let waiter;
    const done = new Promise((resolve) => {
      waiter = () => condition() && resolve();
      this.#waiters.add(waiter);
    });
    return withTimeout(done, `${this.name}: ${description}`, milliseconds).finally(() => this.#waiters.delete(waiter));
  }

  /** Forgets all events. After its local copy was deleted, a device may report the same events again. */
  forgetEvents() {
    this.receivedAt.clear();
    this.#seenEvents.clear();
  }

  async close() {
    if (this.ownsContext) await this.context.close().catch(() => {});
    await this.network.close();
  }
}

/** The tab that currently uses each page. */
const tabOfPage = new WeakMap();

export class Tab {
  #startedCalls = 0;
  /** True if the application has logged in. */
  wantsSession = false;
  /** Counts page loads. A call that an earlier load made can no longer report its outcome. */
  generation = 0;

  constructor(device, number) {
    this.device = device;
    this.number = number;
  }

  toString() {
    return `${this.device.name}${this.number}`;
  }

  /** Loads a new page, or takes over a page whose previous client was closed. */
  async load(page) {
    this.page = page ?? (await this.#newPage());
    tabOfPage.set(this.page, this);
    if (!page) await this.#prepare(this.page);
    await this.start();
  }

  /** Opens a page. After a renderer was killed, the browser sometimes never finishes the next one, so a second is tried. */
  async #newPage() {
    const { context } = this.device;
    const first = context.newPage();
    try {
      return await withTimeout(first, `${this}: a new page`, 10_000);
    } catch {
      first.then((page) => page.close()).catch(() => {});
      return withTimeout(context.newPage(), `${this}: another new page`);
    }
  }

  async #prepare(page) {
    const report = (name, value) => tabOfPage.get(page).device.report(tabOfPage.get(page), name, value);
    page.on("pageerror", (error) => report("pageerror", String(error?.stack ?? error)));
    page.on("console", (message) => {
      if (message.type() === "error" && !BROWSER_NETWORK_ERROR.test(message.text())) report("console", message.text());
    });
    const binding = page.exposeBinding("report", (_, name, value) => report(name, value));
    await withTimeout(binding, `${this}: exposing report()`);
    await page.goto(`${this.device.fixture.files.url}/app/page.html`);
  }

  async reload() {
    this.markUnloaded();
    await this.page.reload();
    await this.start();
  }

  async closePage() {
    this.markUnloaded();
    await this.page.close();
  }

  /** Notes that the page is gone or about to go. */
  markUnloaded() {
    this.generation += 1;
    this.wantsSession = false;
    this.device.mayHaveLostEvents = true;
  }

  /** Opens the local copy. */
  async start() {
    const { network, name, fixture } = this.device;
    await withTimeout(this.page.waitForFunction(() => "roam" in window), `${this}: the page's script`);
    const options = {
      appKey: APP_KEY, user: fixture.user, deviceId: name, requestTimeoutMs: fixture.requestTimeoutMs,
      apiUrl: network.url, socketUrl: network.socketUrl,
    };
    const opened = this.page.evaluate((options) => window.roam.open(options), options);
    const { error } = await withTimeout(opened, `${this}: open`);
    if (error) throw new Error(`${this}: open: ${error.message}`);
  }

  async login() {
    this.wantsSession = true;
    await this.call("login", { token: this.device.fixture.token });
  }

  /** Calls a method of the client. Resolves with `{ value }` or `{ error }`. */
  attempt(method, ...args) {
    const run = this.page.evaluate(([method, args]) => window.roam.call(method, args), [method, args]);
    return withTimeout(run, `${this}: ${method} ${JSON.stringify(args)}`);
  }

  /** Calls a method of the client. Rejects if the call fails. */
  async call(method, ...args) {
    const { value, error } = await this.attempt(method, ...args);
    if (error) throw new Error(`${this}: ${method} ${JSON.stringify(args)}: ${error.code} ${error.message}`);
    return value;
  }

  /** Starts a call. Resolves with a function that waits for the outcome. */
  async startCall(method, ...args) {
    const number = (this.#startedCalls += 1);
    const { page } = this;
    const start = page.evaluate(([number, method, args]) => window.roam.start(number, method, args), [number, method, args]);
    await withTimeout(start, `${this}: starting ${method}`);
    return () => withTimeout(page.evaluate((number) => window.roam.finish(number), number), `${this}: delayed ${method}`);
  }

  isConnected() {
    return withTimeout(this.page.evaluate(() => window.roam.isConnected()), `${this}: isConnected`);
  }

  /**
   * Reads the conversation list and some histories from the local copy.
   * @param {{ conversation: object, walk: { pageSize: number, searchDirection: string } }[]} requests
   */
  async read(requests) {
    const run = this.page.evaluate((requests) => window.roam.read(requests), requests);
    const { value, error } = await withTimeout(run, `${this}: reading the local copy`);
    if (error) throw new Error(`${this}: reading the local copy: ${error.message}`);
    return value;
  }
}

// A device of the user: one browser context with one local copy, its tabs, and what they have told.

import { fileURLToPath } from "node:url";

import { localContext } from "../support/chromium.mjs";
import { APP_KEY } from "../support/server.mjs";
import { Network } from "./network.mjs";
import { keyOf } from "./truth.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const MOUNTS = {
  "/pkg/": `${process.env.ROAMKIT_PKG ?? `${ROOT}pkg`}/`,
  "/app/": fileURLToPath(new URL(".", import.meta.url)),
};
const BOUND = 30_000;
/** What a browser itself writes about requests and sockets that failed. */
const NETWORK = /^(Failed to load resource|WebSocket connection to|Access to fetch at)/;

/** The promise's outcome, or an error that names it. */
export async function within(promise, name, milliseconds = BOUND) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${milliseconds} ms: ${name}`)), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

export class Device {
  tabs = [];
  /** What went against a promise, as soon as it was seen. */
  violations = [];
  /** Ids of messages that were told, and when. Ticks order what a device reports. */
  told = new Map();
  tick = 0;
  /** A tab went away since all was quiet: what it had to tell may be lost with it. */
  disturbed = false;
  /** Hears of everything, too. */
  onReport;
  #opened = 0;
  #applied = new Map();
  #until = [];
  #events = new Set();
  #waiting = new Set();

  constructor(name, world) {
    this.name = name;
    this.world = world;
  }

  /** In a context of its own, unless one is given: who gave it closes it. Over a network that does what `faults` says. */
  static async open(name, world, context, faults) {
    const device = new Device(name, world);
    device.own = !context;
    device.network = await Network.open(world.server.url, faults);
    device.context = context ?? (await localContext(world.browser));
    return device;
  }

  /** Opens a tab, in that page if one is given; it reads the local copy and has not logged in. */
  async openTab(page) {
    const tab = new Tab(this, (this.#opened += 1));
    this.tabs.push(tab);
    await tab.load(page);
    return tab;
  }

  /** Something a tab told. */
  report(tab, name, value) {
    this.tick += 1;
    if (name === "messageReceived") this.#received(tab, value);
    if (name === "messageRemoved") this.#removed(tab, value);
    if (name === "conversationDeleted") this.#deleted(tab, value);
    this.onReport?.(name, value, tab);
    if (name === "error" || name === "pageerror" || name === "console") this.violations.push(`${tab}: ${name} ${JSON.stringify(value)}`);
    for (const waiter of [...this.#waiting]) waiter();
  }

  #once(tab, what) {
    const key = `${tab}: ${what}`;
    if (this.#events.has(key)) this.violations.push(`${tab}: told twice: ${what}`);
    this.#events.add(key);
  }

  #received(tab, message) {
    const by = this.#applied.get(message.id)?.tab;
    if (by === tab || by === null) this.violations.push(`${tab}: told of ${message.id} after it was removed`);
    this.#once(tab, `message ${message.id}`);
    if (!this.told.has(message.id)) this.told.set(message.id, this.tick);
  }

  #removed(tab, event) {
    const { msgIdList, time } = event;
    const what = `removal ${keyOf(event)} ${msgIdList ?? ""} ${time ?? ""}`;
    if (!this.world.asked.has(what)) this.#once(tab, what);
    this.apply(event, { msgIdList, time }, tab);
  }

  #deleted(tab, event) {
    this.#once(tab, `deletion ${keyOf(event)} ${event.timestamp}`);
    const fits = ({ by, key, from, to }) =>
      by === event.deviceId && key === keyOf(event) && from <= event.timestamp && event.timestamp <= to;
    const known = this.world.deletions.find(fits);
    if (known) this.apply(event, { msgIdList: known.ids }, tab);
  }

  /** A removal took effect here: from now on nothing may show what it removed. `tab` null: on every tab. */
  apply(conversation, { msgIdList = [], time }, tab = null) {
    for (const id of msgIdList) if (!this.#applied.has(id)) this.#applied.set(id, { tick: this.tick, tab });
    if (time !== undefined) this.#until.push({ key: keyOf(conversation), time, tick: this.tick });
  }

  /** Whether a removal of that message had taken effect here by that tick. */
  hasRemoved(message, conversation, tick) {
    const gone = (until) => until.key === keyOf(conversation) && until.tick <= tick && message.timestamp <= until.time;
    return (
      this.#applied.get(message.id)?.tick <= tick ||
      (!this.world.truth.isVisible(message.id) && this.#until.some(gone))
    );
  }

  /** Whether that removal was told. */
  heardOf(id) {
    return this.#applied.has(id);
  }

  /** Waits until something is so; looks again whenever a tab reports. */
  until(what, isSo, milliseconds = BOUND) {
    if (isSo()) return Promise.resolve();
    let waiter;
    const done = new Promise((resolve) => {
      waiter = () => isSo() && resolve();
      this.#waiting.add(waiter);
    });
    return within(done, `${this.name}: ${what}`, milliseconds).finally(() => this.#waiting.delete(waiter));
  }

  /** The copy was deleted: what it told before it may tell again. */
  forget() {
    this.told.clear();
    this.#events.clear();
  }

  async close() {
    if (this.own) await this.context.close().catch(() => {});
    await this.network.close();
  }
}

/** The tab of each page. */
const owners = new WeakMap();

export class Tab {
  #started = 0;
  /** Whether the application asked for a session. */
  wantsSession = false;
  /** Counts loads of the page: answers of an earlier one come to nobody. */
  generation = 0;

  constructor(device, number) {
    this.device = device;
    this.number = number;
  }

  toString() {
    return `${this.device.name}${this.number}`;
  }

  /** A new page, as when the tab is opened (again); or one that another client has left. */
  async load(page) {
    this.page = page ?? (await this.#open());
    owners.set(this.page, this);
    if (!page) await this.#prepare(this.page);
    await this.start();
  }

  /** A browser whose renderer was killed now and then never finishes the next page that it is asked for: another one is. */
  async #open() {
    const { context } = this.device;
    const first = context.newPage();
    try {
      return await within(first, `${this}: a new page`, 10_000);
    } catch {
      first.then((page) => page.close()).catch(() => {});
      return within(context.newPage(), `${this}: another new page`);
    }
  }

  async #prepare(page) {
    const report = (name, value) => owners.get(page).device.report(owners.get(page), name, value);
    page.on("pageerror", (error) => report("pageerror", String(error?.stack ?? error)));
    page.on("console", (message) => {
      if (message.type() === "error" && !NETWORK.test(message.text())) report("console", message.text());
    });
    await within(page.exposeBinding("report", (_, name, value) => report(name, value)), `${this}: a way to report`);
    await page.goto(`${this.device.world.files.url}/app/page.html`);
  }

  async reload() {
    this.leave();
    await this.page.reload();
    await this.start();
  }

  async closePage() {
    this.leave();
    await this.page.close();
  }

  /** The page went, or goes now. */
  leave() {
    this.generation += 1;
    this.wantsSession = false;
    this.device.disturbed = true;
  }

  /** Opens the local copy. */
  async start() {
    const { network, name, world } = this.device;
    await within(this.page.waitForFunction(() => "roam" in window), `${this}: the page's script`);
    const options = {
      appKey: APP_KEY, user: world.user, deviceId: name, requestTimeoutMs: world.requestTimeoutMs,
      apiUrl: network.url, socketUrl: network.socketUrl,
    };
    const opened = this.page.evaluate((options) => window.roam.open(options), options);
    const { error } = await within(opened, `${this}: open`);
    if (error) throw new Error(`${this}: open: ${error.message}`);
  }

  async login() {
    this.wantsSession = true;
    await this.call("login", { token: this.device.world.token });
  }

  /** Resolves with what came of it: `{ value }` or `{ error }`. */
  attempt(method, ...args) {
    const run = this.page.evaluate(([method, args]) => window.roam.call(method, args), [method, args]);
    return within(run, `${this}: ${method} ${JSON.stringify(args)}`);
  }

  async call(method, ...args) {
    const { value, error } = await this.attempt(method, ...args);
    if (error) throw new Error(`${this}: ${method} ${JSON.stringify(args)}: ${error.code} ${error.message}`);
    return value;
  }

  /** Begins a call; what comes back waits for its outcome. */
  async begin(method, ...args) {
    const number = (this.#started += 1);
    const { page } = this;
    const start = page.evaluate(([number, method, args]) => window.roam.start(number, method, args), [number, method, args]);
    await within(start, `${this}: beginning ${method}`);
    return () => within(page.evaluate((number) => window.roam.finish(number), number), `${this}: late ${method}`);
  }

  isConnected() {
    return within(this.page.evaluate(() => window.roam.isConnected()), `${this}: isConnected`);
  }

  /** The conversations asked for, and the list, from the local copy. */
  async read(asked) {
    const run = this.page.evaluate((asked) => window.roam.read(asked), asked);
    const { value, error } = await within(run, `${this}: reading the local copy`);
    if (error) throw new Error(`${this}: reading the local copy: ${error.message}`);
    return value;
  }
}

// A server with a user who has messages, and pages whose windows and workers use the package.

import { fileURLToPath } from "node:url";

import { MOUNTS as MODEL, within } from "../model/device.mjs";
import { Network } from "../model/network.mjs";
import { Service } from "../model/service.mjs";
import { admin } from "../support/admin.mjs";
import { launchChromium, localContext } from "../support/chromium.mjs";
import { EventLog } from "../support/events.mjs";
import { APP_KEY, startServer } from "../support/server.mjs";
import { serveStatic } from "../support/static.mjs";

export { within };

export const PKG = MODEL["/pkg/"];
export const BOB = { conversationId: "bob", conversationType: "singleChat" };
const MOUNTS = { ...MODEL, "/app/": fileURLToPath(new URL(".", import.meta.url)) };

/** Waits until something is so. */
export async function until(what, isSo, milliseconds = 15_000) {
  for (const start = Date.now(); !(await isSo()); await new Promise((resolve) => setTimeout(resolve, 10))) {
    if (Date.now() - start > milliseconds) throw new Error(`not so within ${milliseconds} ms: ${what}`);
  }
}

export class World {
  #ends = [];

  /** `browser` false: the test brings its own. */
  static async open({ browser = {}, server = {} } = {}) {
    const world = new World();
    world.server = await startServer(server);
    world.#ends.push(() => world.server.stop());
    world.files = await serveStatic(MOUNTS);
    world.#ends.push(() => world.files.close());
    if (browser) {
      world.browser = await launchChromium(browser);
      world.#ends.push(() => world.browser.close());
    }
    world.admin = await admin(world.server.url);
    await world.admin.createUsers("bob");
    return world;
  }

  /** At the end of the test file. */
  atEnd(end) {
    this.#ends.push(end);
  }

  async close() {
    for (const end of this.#ends.reverse()) await within(Promise.resolve(end()), "the end");
  }

  /** A way to the server that counts its sockets. */
  async network() {
    const network = await Network.open(this.server.url);
    this.#ends.push(() => network.close());
    return network;
  }

  /** Someone to log in as, to whom nobody has written yet. */
  async user(name) {
    await this.admin.createUsers(name);
    return new User(this, name, await this.admin.userToken(name));
  }

  async context() {
    const context = await localContext(this.browser);
    this.#ends.push(() => context.close());
    return context;
  }

  /** A page in which places are started. */
  async tab(context) {
    const tab = new Tab();
    tab.page = await context.newPage();
    tab.page.on("pageerror", (error) => tab.failures.push(String(error?.stack ?? error)));
    await tab.page.exposeBinding("report", (_, name, event, value) => tab.places.get(name).take(event, value));
    await tab.page.goto(`${this.files.url}/app/page.html`);
    await tab.page.waitForFunction(() => "places" in window);
    return tab;
  }
}

class User {
  #world;
  #service;

  constructor(world, name, token) {
    this.#world = world;
    this.#service = new Service(world.server.url, name, token);
    this.name = name;
    this.token = token;
  }

  /** What `RoamClient.open` takes. */
  options(network, deviceId) {
    return { appKey: APP_KEY, user: this.name, deviceId, apiUrl: network.url, socketUrl: network.socketUrl };
  }

  /** Bob writes. Resolves with the message's id. */
  hear(text) {
    return this.#world.admin.sendText("bob", this.name, text);
  }

  /** On another device. */
  remove(...msgIdList) {
    return this.#service.remove("elsewhere", BOB, { msgIdList });
  }
}

class Tab {
  places = new Map();
  failures = [];

  /** A window, or a `dedicated`, `shared` or `service` worker. */
  async start(kind, name = kind) {
    const place = new Place(this, name);
    this.places.set(name, place);
    const start = this.page.evaluate(([name, kind]) => window.places.start(name, kind), [name, kind]);
    await within(start, `starting a ${kind}`);
    return place;
  }
}

/** Where a client runs. */
export class Place {
  events = new EventLog();

  constructor(tab, name) {
    this.tab = tab;
    this.name = name;
  }

  take(event, value) {
    if (event === "failed" || event === "error") this.tab.failures.push(`${this.name}: ${JSON.stringify(value)}`);
    this.events.push(event, value);
  }

  async call(method, ...args) {
    const call = this.tab.page.evaluate(([name, method, args]) => window.places.call(name, method, args), [this.name, method, args]);
    const { value, error } = await within(call, `${this.name}: ${method}`).catch((error) => {
      throw new Error(`${error.message} ${this.tab.failures.join("\n")}`);
    });
    if (error) throw new Error(`${this.name}: ${error}`);
    return value;
  }

  /** Waits until that message was told to have come, or to have been removed. */
  hears(event, id) {
    return until(`${this.name}: ${event} ${id}`, () => this.told(event).includes(id)).catch((error) => {
      throw new Error(`${error.message}; told: ${this.events} ${this.tab.failures.join("\n")}`);
    });
  }

  /** The ids of the messages that were told to have come, or to have been removed elsewhere, in order. */
  told(event) {
    return this.events.all(event).flatMap(({ id, msgIdList }) => msgIdList ?? id);
  }

  /** The ids of the local copy, oldest first. */
  async kept() {
    const { messages } = await this.call("loadMessages", { ...BOB, searchDirection: "down", pageSize: 50 });
    return messages.map(({ id }) => id);
  }
}

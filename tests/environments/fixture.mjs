// A server with users who have messages, and pages whose windows and workers use the package.

import { fileURLToPath } from "node:url";

import { MOUNTS as MODEL_MOUNTS } from "../model/device.mjs";
import { appRest } from "../support/app-rest.mjs";
import { launchChromium, localContext } from "../support/chromium.mjs";
import { Cleanup } from "../support/cleanup.mjs";
import { EventLog } from "../support/event-log.mjs";
import { Network } from "../support/network.mjs";
import { APP_KEY, startServer } from "../support/server.mjs";
import { serveStatic } from "../support/static.mjs";
import { UserRest } from "../support/user-rest.mjs";
import { waitUntil, withTimeout } from "../support/wait.mjs";

export const BOB = { conversationId: "bob", conversationType: "singleChat" };
const MOUNTS = { ...MODEL_MOUNTS, "/app/": fileURLToPath(new URL(".", import.meta.url)) };

export class Fixture {
  #cleanup = new Cleanup();

  /** `browser` contains options for `launchChromium`, or is false if the test starts its own browser. */
  static async open({ browser = {}, server = {} } = {}) {
    const fixture = new Fixture();
    fixture.server = await startServer(server);
    fixture.defer(() => fixture.server.stop());
    fixture.files = await serveStatic(MOUNTS);
    fixture.defer(() => fixture.files.close());
    if (browser) {
      fixture.browser = await launchChromium(browser);
      fixture.defer(() => fixture.browser.close());
    }
    fixture.appRest = await appRest(fixture.server.url);
    await fixture.appRest.createUsers("bob");
    return fixture;
  }

  /** Adds a step that `close` runs. */
  defer(step) {
    this.#cleanup.defer(() => withTimeout(Promise.resolve(step()), "cleaning up"));
  }

  close() {
    return this.#cleanup.run();
  }

  /** Opens a proxy to the server. It counts WebSockets. */
  async network() {
    const network = await Network.open(this.server.url);
    this.defer(() => network.close());
    return network;
  }

  /** Creates a user without messages. */
  async user(name) {
    await this.appRest.createUsers(name);
    return new User(this, name, await this.appRest.userToken(name));
  }

  async context() {
    const context = await localContext(this.browser);
    this.defer(() => context.close());
    return context;
  }

  /** Opens a page that can start environments. */
  async tab(context) {
    const tab = new Tab();
    tab.page = await context.newPage();
    tab.page.on("pageerror", (error) => tab.failures.push(String(error?.stack ?? error)));
    await tab.page.exposeBinding("report", (_, name, event, value) => tab.environments.get(name).report(event, value));
    await tab.page.goto(`${this.files.url}/app/page.html`);
    await tab.page.waitForFunction(() => "environments" in window);
    return tab;
  }
}

class User {
  #fixture;
  #userRest;

  constructor(fixture, name, token) {
    this.#fixture = fixture;
    this.#userRest = new UserRest(fixture.server.url, name, token);
    this.name = name;
    this.token = token;
  }

  /** Options for `RoamClient.open`. */
  options(network, deviceId) {
    return { appKey: APP_KEY, user: this.name, deviceId, apiUrl: network.url, socketUrl: network.socketUrl };
  }

  /** Sends a message from Bob to the user. Resolves with its id. */
  sendFromBob(text) {
    return this.#fixture.appRest.sendText("bob", this.name, text);
  }

  /** Removes messages on another device of the user. */
  remove(...msgIdList) {
    return this.#userRest.remove("elsewhere", BOB, { msgIdList });
  }
}

class Tab {
  environments = new Map();
  failures = [];

  /** Starts an environment: "window", or a "dedicated", "shared" or "service" worker. */
  async start(kind, name = kind) {
    const environment = new Environment(this, name);
    this.environments.set(name, environment);
    const start = this.page.evaluate(([name, kind]) => window.environments.start(name, kind), [name, kind]);
    await withTimeout(start, `starting a ${kind}`);
    return environment;
  }
}

/** A JavaScript environment, a window or a worker, in which one client runs. */
class Environment {
  events = new EventLog();

  constructor(tab, name) {
    this.tab = tab;
    this.name = name;
  }

  report(event, value) {
    if (event === "failed" || event === "error") this.tab.failures.push(`${this.name}: ${JSON.stringify(value)}`);
    this.events.push(event, value);
  }

  /** Calls a method of the client. */
  async call(method, ...args) {
    const call = this.tab.page.evaluate(
      ([name, method, args]) => window.environments.call(name, method, args),
      [this.name, method, args],
    );
    const { value, error } = await withTimeout(call, `${this.name}: ${method}`).catch((error) => {
      throw new Error(`${error.message} ${this.tab.failures.join("\n")}`);
    });
    if (error) throw new Error(`${this.name}: ${error}`);
    return value;
  }

  /** Waits for an event about a message. */
  waitForEvent(event, id) {
    const arrived = () => this.idsOf(event).includes(id);
    return waitUntil(`${this.name}: ${event} ${id}`, arrived).catch((error) => {
      throw new Error(`${error.message}; events: ${this.events} ${this.tab.failures.join("\n")}`);
    });
  }

  /** The message ids of all `messageReceived` or `messageRemoved` events so far, in order. */
  idsOf(event) {
    return this.events.all(event).flatMap(({ id, msgIdList }) => msgIdList ?? id);
  }

  /** The message ids of the local copy, oldest first. */
  async localIds() {
    const { messages } = await this.call("loadMessages", { ...BOB, searchDirection: "down", pageSize: 50 });
    return messages.map(({ id }) => id);
  }
}

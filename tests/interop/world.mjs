// One server, one browser, and the official client on as many devices as a test asks for.

import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

import { admin } from "../support/admin.mjs";
import { launchChromium, localContext } from "../support/chromium.mjs";
import { EventLog } from "../support/events.mjs";
import { APP_KEY, startServer } from "../support/server.mjs";
import { serveStatic } from "../support/static.mjs";

/** Starts everything; `close` ends it. */
export async function openWorld({ serverArgs = [], ...place } = {}) {
  const server = await startServer({ args: serverArgs, ...place });
  const sdk = dirname(createRequire(import.meta.url).resolve("easemob-websdk/Easemob-chat.js"));
  const page = fileURLToPath(new URL(".", import.meta.url));
  const files = await serveStatic({ "/sdk/": sdk, "/page/": page });
  const browser = await launchChromium();
  const app = await admin(server.url);
  return {
    server,
    app,
    /** A logged-in device of the user, in a browser profile of its own. */
    device: async (user, credentials) => {
      const device = await Device.open(browser, files.url, server, user);
      await device.login(credentials);
      return device;
    },
    /** The same, not logged in yet. */
    newDevice: (user) => Device.open(browser, files.url, server, user),
    close: async () => {
      await browser.close();
      await files.close();
      await server.stop();
    },
  };
}

/** The promise's outcome, or an error that names it. */
async function within(milliseconds, promise, name) {
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

/** One user's client on one device. */
export class Device {
  events = new EventLog();
  /** The address of the file that the client uploaded last. */
  uploaded;
  #page;
  #options;

  constructor(user, page, server) {
    this.user = user;
    this.#page = page;
    this.#options = { appKey: APP_KEY, isHttpDNS: false, apiUrl: server.url, url: server.socketUrl };
  }

  static async open(browser, pageUrl, server, user) {
    const context = await localContext(browser);
    const page = await context.newPage();
    const device = new Device(user, page, server);
    await page.exposeFunction("report", (name, value) => device.events.push(name, value));
    page.on("pageerror", (error) => device.events.push("pageerror", error.message));
    await context.route("**/chatfiles**", (route) => device.#takeUpload(route));
    await page.goto(`${pageUrl}/page/page.html`);
    return device;
  }

  /** The service's file store is no part of this project: an upload is answered here, in its form. */
  #takeUpload(route) {
    const uuid = randomUUID();
    this.uploaded = `${new URL(route.request().url()).pathname}/${uuid}`;
    return route.fulfill({
      headers: { "Access-Control-Allow-Origin": "*" },
      json: { entities: [{ uuid, type: "chatfile", "share-secret": "share-secret" }] },
    });
  }

  /** By password unless told otherwise; resolves when the session is up. */
  async login(credentials = { pwd: `pw-${this.user}` }) {
    this.resource = await this.#run("login", this.#options, { user: this.user, ...credentials });
    await this.events.next("onConnected");
  }

  /** Leaves the server; the device's id stays in the browser. */
  logout() {
    return this.call("close");
  }

  /** Sends a message as the client makes it; resolves with the id that the server gave it. */
  async send(message) {
    return (await this.#run("send", message)).serverMsgId;
  }

  sendText(chatType, to, msg, extra = {}) {
    return this.send({ type: "txt", chatType, to, msg, ...extra });
  }

  edit(messageId, message) {
    return this.#run("edit", messageId, message);
  }

  /** Any method of the client's connection. */
  call(method, ...args) {
    return this.#run("call", method, args);
  }

  /** One page of history. */
  history(options) {
    return this.call("getHistoryMessages", options);
  }

  /** The ids of a conversation's whole history, page by page. */
  async historyIds(options) {
    const ids = [];
    let cursor;
    do {
      const page = await this.history({ ...options, cursor });
      ids.push(...page.messages.map((message) => message.id));
      cursor = page.isLast ? undefined : page.cursor;
    } while (cursor);
    return ids;
  }

  /** Conversation ids of the first page, newest first. */
  async conversationIds() {
    const { data } = await this.call("getServerConversations", { pageSize: 50, cursor: "" });
    return data.conversations.map((conversation) => conversation.conversationId);
  }

  multiDeviceEvent(operation) {
    return this.events.next("onMultiDeviceEvent", (event) => event.operation === operation);
  }

  async #run(method, ...args) {
    const run = this.#page.evaluate(([method, args]) => window.device[method](...args), [method, args]);
    const { value, error } = await within(20_000, run, `${method} ${JSON.stringify(args)}`);
    if (error) throw Object.assign(new Error(`${error.message} (type ${error.type})`), error);
    return value;
  }
}

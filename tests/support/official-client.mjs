// The service's official web client, unmodified, in a page of its own.

import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";

import { localContext } from "./chromium.mjs";
import { EventLog } from "./event-log.mjs";
import { OFFICIAL_SDK } from "./paths.mjs";
import { APP_KEY } from "./server.mjs";
import { withTimeout } from "./wait.mjs";

/** Mounts that the static file server needs for these pages. */
export const OFFICIAL_MOUNTS = {
  "/sdk/": OFFICIAL_SDK,
  "/official/": fileURLToPath(new URL("official/", import.meta.url)),
};

/** A user's official client on one device. */
export class OfficialClient {
  events = new EventLog();
  /** The path of the file that the client uploaded last. */
  uploaded;
  #page;
  #options;

  constructor(user, page, server, options) {
    this.user = user;
    this.#page = page;
    this.#options = { appKey: APP_KEY, isHttpDNS: false, apiUrl: server.url, url: server.socketUrl, ...options };
  }

  /** Opens a page in a new context. `filesUrl` serves `OFFICIAL_MOUNTS`. `options` are more options of the client. */
  static async open(browser, filesUrl, server, user, options) {
    const context = await localContext(browser);
    const page = await context.newPage();
    const client = new OfficialClient(user, page, server, options);
    await page.exposeFunction("report", (name, value) => client.events.push(name, value));
    page.on("pageerror", (error) => client.events.push("pageerror", error.message));
    await context.route("**/chatfiles**", (route) => client.#answerUpload(route));
    await page.goto(`${filesUrl}/official/page.html`);
    return client;
  }

  /** Answers an upload in the service's form, because `roamkit-server` has no file store. */
  #answerUpload(route) {
    const uuid = randomUUID();
    this.uploaded = `${new URL(route.request().url()).pathname}/${uuid}`;
    return route.fulfill({
      headers: { "Access-Control-Allow-Origin": "*" },
      json: { entities: [{ uuid, type: "chatfile", "share-secret": "share-secret" }] },
    });
  }

  /** Logs in, by password if there are no other credentials. Resolves when the session is up. */
  async login(credentials = { pwd: `pw-${this.user}` }) {
    this.resource = await this.#run("login", this.#options, { user: this.user, ...credentials });
    await this.events.next("onConnected");
  }

  /** Closes the connection. The browser keeps the device's id. */
  logout() {
    return this.call("close");
  }

  /** Sends a message. Resolves with the id that the server gave it. */
  async send(message) {
    return (await this.#run("send", message)).serverMsgId;
  }

  sendText(chatType, to, msg, extra = {}) {
    return this.send({ type: "txt", chatType, to, msg, ...extra });
  }

  edit(messageId, message) {
    return this.#run("edit", messageId, message);
  }

  /** Calls any method of the client's connection. */
  call(method, ...args) {
    return this.#run("call", method, args);
  }

  /** Fetches one page of history. */
  history(options) {
    return this.call("getHistoryMessages", options);
  }

  /** Fetches a conversation's history page by page. Resolves with the ids. */
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

  /** Resolves with the conversation ids of the list's first page, newest activity first. */
  async conversationIds() {
    const { data } = await this.call("getServerConversations", { pageSize: 50, cursor: "" });
    return data.conversations.map((conversation) => conversation.conversationId);
  }

  multiDeviceEvent(operation) {
    return this.events.next("onMultiDeviceEvent", (event) => event.operation === operation);
  }

  async #run(method, ...args) {
    const run = this.#page.evaluate(([method, args]) => window.client[method](...args), [method, args]);
    const { value, error } = await withTimeout(run, `${method} ${JSON.stringify(args)}`, 20_000);
    if (error) throw Object.assign(new Error(`${error.message} (type ${error.type})`), error);
    return value;
  }
}

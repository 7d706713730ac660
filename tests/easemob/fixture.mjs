// A server and a browser with devices of the official client, and one application that uses either client.

import { fileURLToPath } from "node:url";

import { appRest } from "../support/app-rest.mjs";
import { launchChromium, localContext } from "../support/chromium.mjs";
import { EventLog } from "../support/event-log.mjs";
import { OFFICIAL_MOUNTS, OfficialClient } from "../support/official-client.mjs";
import { PKG } from "../support/paths.mjs";
import { APP_KEY, startServer } from "../support/server.mjs";
import { serveStatic } from "../support/static.mjs";

/** The modules from which the application can import its client. */
const CLIENTS = {
  official: "/easemob/official.js",
  "official, small": "/easemob/official-small.js",
  roamkit: "/pkg/easemob.js",
};

/** Starts everything. `close` stops it. `options` are those of `startServer`. */
export async function openFixture(options) {
  const server = await startServer(options);
  const files = await serveStatic({
    ...OFFICIAL_MOUNTS,
    "/easemob/": fileURLToPath(new URL(".", import.meta.url)),
    "/pkg/": PKG,
  });
  const browser = await launchChromium();
  const app = await appRest(server.url);
  return {
    server,
    appRest: app,
    /** Opens the application with one of `CLIENTS`, in a browser profile of its own. */
    application: (client) => Application.open(browser, `${files.url}/easemob/page.html?sdk=${CLIENTS[client]}`, server),
    /** Opens a device of the user with the official client and logs in. */
    device: async (user) => {
      const device = await OfficialClient.open(browser, files.url, server, user);
      await device.login();
      return device;
    },
    close: async () => {
      await browser.close();
      await files.close();
      await server.stop();
    },
  };
}

/** The application in its page. */
export class Application {
  events = new EventLog();
  #page;

  constructor(page, server) {
    this.#page = page;
    this.options = { appKey: APP_KEY, isHttpDNS: false, apiUrl: server.url, url: server.socketUrl };
  }

  static async open(browser, url, server) {
    const context = await localContext(browser);
    const page = await context.newPage();
    const application = new Application(page, server);
    await page.exposeFunction("report", (name, value) => application.events.push(name, value));
    page.on("pageerror", (error) => application.events.push("pageerror", error.message));
    await page.goto(url);
    await page.waitForFunction(() => window.ready);
    return application;
  }

  /** Creates a connection. */
  connect(options = this.options) {
    return this.#page.evaluate((options) => window.app.connect(options), options);
  }

  /** Calls a method of the connection. `path` may contain dots. */
  call(path, ...args) {
    return this.#page.evaluate(([path, args]) => window.app.call(path, args), [path, args]);
  }

  /** Like `call`, with callbacks of these names in the method's argument. */
  callWithCallbacks(callbacks, path, ...args) {
    return this.#page.evaluate(([path, args, callbacks]) => window.app.call(path, args, callbacks), [path, args, callbacks]);
  }

  /** Creates a message with the client's `message.create`. */
  createMessage(options) {
    return this.#page.evaluate((options) => window.app.createMessage(options), options);
  }

  /** Reads fields of the connection. */
  read(...names) {
    return this.#page.evaluate((names) => window.app.read(names), names);
  }

  /** Reads fields of `statusCode`. */
  codes(...names) {
    return this.#page.evaluate((names) => window.app.codes(names), names);
  }
}

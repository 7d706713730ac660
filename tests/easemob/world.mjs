// One server, one browser; in it, devices with the official client and one application whose client is asked for.

import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

import { Device } from "../interop/world.mjs";
import { admin } from "../support/admin.mjs";
import { launchChromium, localContext } from "../support/chromium.mjs";
import { EventLog } from "../support/events.mjs";
import { APP_KEY, startServer } from "../support/server.mjs";
import { serveStatic } from "../support/static.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Where an application imports its client from. */
const SDK = { official: "/easemob/official.js", "official, small": "/easemob/official-small.js", roamkit: "/pkg/easemob.js" };

/** Starts everything; `close` ends it. */
export async function openWorld({ serverArgs = [], ...place } = {}) {
  const server = await startServer({ args: serverArgs, ...place });
  const files = await serveStatic({
    "/sdk/": dirname(createRequire(import.meta.url).resolve("easemob-websdk/Easemob-chat.js")),
    "/page/": here("../interop/"),
    "/easemob/": here("."),
    "/pkg/": process.env.ROAMKIT_PKG ?? here("../../pkg"),
  });
  const browser = await launchChromium();
  const app = await admin(server.url);
  return {
    server,
    app,
    /** An application with that client, in a browser profile of its own. */
    application: (client) => Application.open(browser, `${files.url}/easemob/page.html?sdk=${SDK[client]}`, server),
    /** A logged-in device of the user with the official client. */
    device: async (user) => {
      const device = await Device.open(browser, files.url, server, user);
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

  /** Asks again until the answer fits. */
  async until(ask, fits, milliseconds = 10_000) {
    for (const end = Date.now() + milliseconds; !fits(await ask()); ) {
      if (Date.now() > end) throw new Error(`no answer that fits within ${milliseconds} ms`);
    }
  }

  connect(options = this.options) {
    return this.#page.evaluate((options) => window.app.connect(options), options);
  }

  /** Any method of the connection, by its path. */
  call(path, ...args) {
    return this.#page.evaluate(([path, args]) => window.app.call(path, args), [path, args]);
  }

  /** The same with callbacks of these names in its argument. */
  callNoting(callbacks, path, ...args) {
    return this.#page.evaluate(([path, args, callbacks]) => window.app.call(path, args, callbacks), [path, args, callbacks]);
  }

  read(...names) {
    return this.#page.evaluate((names) => window.app.read(names), names);
  }

  codes(...names) {
    return this.#page.evaluate((names) => window.app.codes(names), names);
  }
}

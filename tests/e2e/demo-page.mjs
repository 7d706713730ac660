// The demo page (www/) on a real server, with functions that act as a person does.

import assert from "node:assert/strict";
import { afterEach } from "node:test";

import { appRest } from "../support/app-rest.mjs";
import { launchChromium, localContext } from "../support/chromium.mjs";
import { PKG, ROOT } from "../support/paths.mjs";
import { startServer } from "../support/server.mjs";

const TIMEOUT_MS = 15_000;

/** Contexts to close after each test. A page left open by a failed test would stay signed in on the same devices. */
const contexts = [];
afterEach(() => Promise.all(contexts.splice(0).map((context) => context.close())));

/** Starts a server that serves the page, and a browser. `stop` stops both. */
export async function startDemo(options = {}) {
  const serve = (more) =>
    startServer({ ...options, ...more, args: ["--www", `${ROOT}www`, "--mount", `/pkg=${PKG}`] });
  let server = await serve();
  const browser = await launchChromium().catch(async (error) => {
    await server.stop();
    throw error;
  });
  const app = await appRest(server.url);
  return {
    get server() {
      return server;
    },
    browser,
    appRest: app,
    async stop() {
      await browser.close();
      await server.stop();
    },
    /** Kills the server. Resolves with a function that restarts it at the same address. */
    async killServer() {
      const { port } = new URL(server.url);
      await server.kill();
      return async () => {
        server = await serve({ port: Number(port) });
      };
    },
    /** Opens a tab in a browser profile of its own. It is closed after the test, or after the file if `kept`. */
    async openPage({ kept = false, ...options } = {}) {
      const context = await localContext(browser, {
        viewport: { width: 1280, height: 800 },
        locale: "en-GB",
        ...options,
      });
      if (!kept) contexts.push(context);
      const page = await context.newPage();
      return new DemoPage(page, server.url);
    },
    /** Opens the page and signs `user` in on both devices. */
    async signedIn(user, options) {
      const page = await this.openPage(options);
      await page.signIn(user, `pw-${user}`);
      await page.left.waitForState("connected");
      await page.right.waitForState("connected");
      return page;
    },
  };
}

export class DemoPage {
  /** Warnings and errors of the console, and uncaught errors. */
  consoleErrors = [];

  constructor(page, url) {
    this.page = page;
    this.url = url;
    page.setDefaultTimeout(TIMEOUT_MS);
    page.on("pageerror", (error) => this.consoleErrors.push(String(error.stack ?? error)));
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") this.consoleErrors.push(message.text());
    });
    this.left = new DeviceOnPage(page, "demo-left");
    this.right = new DeviceOnPage(page, "demo-right");
  }

  async signIn(user, password) {
    await this.page.goto(this.url);
    await this.page.locator("[name=user]").fill(user);
    await this.page.locator("[name=password]").fill(password);
    await this.page.locator('[data-part="submit"]').click();
  }

  /** Clicks a button of the open dialog and waits until it is closed. */
  async answer(button) {
    await this.page.locator("dialog").getByRole("button", { name: button }).click();
    await this.page.locator("dialog").waitFor({ state: "detached" });
  }

  /** Formats a time for `<input type="datetime-local">`, in the page's time zone. */
  inputTime(ms) {
    return this.page.evaluate(
      (ms) => new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, -1),
      ms,
    );
  }

  /** Waits until the page shows an error. Resolves with its text. */
  async errorText() {
    const alert = this.page.getByRole("alert").first();
    await alert.waitFor();
    return alert.innerText();
  }

  /** Fails if there were console errors other than those that match a pattern. */
  assertNoConsoleErrors(...expected) {
    const unexpected = this.consoleErrors.filter((text) => !expected.some((pattern) => pattern.test(text)));
    assert.deepEqual(unexpected, []);
  }
}

class DeviceOnPage {
  constructor(page, id) {
    this.page = page;
    this.id = id;
    this.root = page.locator(`#${id}`);
    this.scroller = this.root.locator('[data-part="scroller"]');
  }

  part(name) {
    return this.root.locator(`[data-part="${name}"]`);
  }

  async waitForState(state) {
    await this.page.locator(`#${this.id}[data-state="${state}"]`).waitFor({ state: "attached" });
  }

  conversation(id) {
    return this.root.locator(`[data-conversation="${id}"]`);
  }

  /** Opens a conversation and waits for its first page. */
  async openConversation(id) {
    await this.conversation(id).click();
    // Opening ends by focusing the newest message, even if the conversation was open already.
    await this.root.locator('.messages [role="option"]:focus').waitFor();
  }

  message(id) {
    return this.root.locator(`.message[data-id="${id}"]`);
  }

  /** The ids of the messages on the page, from top to bottom. */
  ids() {
    return this.root.locator(".message").evaluateAll((rows) => rows.map((row) => row.dataset.id));
  }

  /** Waits until the page has exactly these messages. */
  async waitForMessages(ids) {
    const expected = ids.join();
    await this.page
      .waitForFunction(
        ([device, expected]) =>
          [...document.querySelectorAll(`#${device} .message`)].map((row) => row.dataset.id).join() === expected,
        [this.id, expected],
      )
      .catch(async () => assert.deepEqual(await this.ids(), ids, `the messages on ${this.id}`));
  }

  /** Waits until this message is the topmost one. */
  async waitForFirstMessage(id) {
    await this.page.waitForFunction(
      ([device, id]) => document.querySelector(`#${device} .message`)?.dataset.id === id,
      [this.id, id],
    );
  }

  /** Waits for an entry in the event log. */
  async waitForEvent(name, text = "") {
    await this.root.locator(`[data-event="${name}"]`).filter({ hasText: text }).first().waitFor();
  }

  /** Scrolls to the first or last loaded message. Resolves when more messages were loaded there. */
  async scrollTo(end) {
    const before = await this.scroller.evaluate((scroller, end) => {
      const rows = scroller.querySelectorAll(".message");
      const edge = end === "top" ? rows[0] : rows[rows.length - 1];
      edge?.scrollIntoView({ block: end === "top" ? "start" : "end" });
      return edge?.dataset.id;
    }, end);
    await this.page.waitForFunction(
      ([device, end, before]) => {
        const rows = document.querySelectorAll(`#${device} .message`);
        return (end === "top" ? rows[0] : rows[rows.length - 1])?.dataset.id !== before;
      },
      [this.id, end, before],
    );
  }

  /**
   * Scrolls to an end of the conversation. At each step the page must show consecutive messages of `sent`. Resolves with
   * the number of steps and all ids that were shown.
   */
  async scrollThrough(end, sent) {
    const seen = new Set();
    const last = end === "top" ? sent[0] : sent.at(-1);
    for (let steps = 0; ; steps += 1) {
      const shown = await this.ids();
      const from = sent.indexOf(shown[0]);
      assert.deepEqual(shown, sent.slice(from, from + shown.length), "the messages shown are not consecutive");
      for (const id of shown) seen.add(id);
      if (shown.includes(last)) return { steps, seen: [...seen].sort(byIndexIn(sent)) };
      await this.scrollTo(end);
    }
  }

  setNetwork(on) {
    return this.part("network").setChecked(on);
  }
}

const byIndexIn = (ids) => {
  const indexes = new Map(ids.map((id, i) => [id, i]));
  return (a, b) => indexes.get(a) - indexes.get(b);
};

/**
 * Sends `count` texts between two users, a minute apart, the last one `minutesAgo`. Resolves with their ids and times.
 */
export async function sendMessages(appRest, a, b, count, minutesAgo = 1) {
  const now = Date.now();
  const ids = [];
  const times = [];
  for (let i = 0; i < count; i += 1) {
    const [from, to] = i % 3 === 0 ? [a, b] : [b, a];
    const time = now - (count - 1 - i + minutesAgo) * 60_000;
    ids.push(await appRest.sendText(from, to, `message ${i} from ${from}`, { msg_timestamp: time }));
    times.push(time);
  }
  return { ids, times };
}

// The demo page as a person meets it, on a real server.

import assert from "node:assert/strict";
import { afterEach } from "node:test";
import { fileURLToPath } from "node:url";
import { admin } from "../support/admin.mjs";
import { launchChromium, localContext } from "../support/chromium.mjs";
import { startServer } from "../support/server.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PKG = process.env.ROAMKIT_PKG ?? `${ROOT}pkg`;
const BOUND = 15_000;

/** A page that a failed test left would stay signed in, as the same devices. */
const contexts = [];
afterEach(() => Promise.all(contexts.splice(0).map((context) => context.close())));

/** A server with the page, its REST and a browser; `end` stops them. */
export async function startDemo(options = {}) {
  const serve = (more) =>
    startServer({ ...options, ...more, args: ["--www", `${ROOT}www`, "--mount", `/pkg=${PKG}`] });
  let server = await serve();
  const browser = await launchChromium().catch(async (error) => {
    await server.stop();
    throw error;
  });
  const rest = await admin(server.url);
  return {
    get server() {
      return server;
    },
    browser,
    rest,
    async end() {
      await browser.close();
      await server.stop();
    },
    /** Takes the server away, as a crash does; `back` brings it back to the same address. */
    async crash() {
      const { port } = new URL(server.url);
      await server.kill();
      return {
        back: async () => {
          server = await serve({ port: Number(port) });
        },
      };
    },
    /** The page in a browser profile of its own, closed after the test unless it is `kept` for the file. */
    async open({ kept = false, ...options } = {}) {
      const context = await localContext(browser, {
        viewport: { width: 1280, height: 800 },
        locale: "en-GB",
        ...options,
      });
      if (!kept) contexts.push(context);
      const page = await context.newPage();
      return new DemoPage(page, server.url);
    },
    /** The page with `user` signed in on both devices. */
    async signedIn(user, options) {
      const demo = await this.open(options);
      await demo.signIn(user, `pw-${user}`);
      await demo.left.state("connected");
      await demo.right.state("connected");
      return demo;
    },
  };
}

export class DemoPage {
  /** What the console and uncaught errors said. */
  problems = [];

  constructor(page, url) {
    this.page = page;
    this.url = url;
    page.setDefaultTimeout(BOUND);
    page.on("pageerror", (error) => this.problems.push(String(error.stack ?? error)));
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") this.problems.push(message.text());
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

  /** Answers the open dialog. */
  async answer(button) {
    await this.page.locator("dialog").getByRole("button", { name: button }).click();
    await this.page.locator("dialog").waitFor({ state: "detached" });
  }

  /** A time as `<input type="datetime-local">` takes it, in the page's zone. */
  inputTime(ms) {
    return this.page.evaluate(
      (ms) => new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, -1),
      ms,
    );
  }

  /** The text of an error that the page shows; waits for it. */
  async errorText() {
    const alert = this.page.getByRole("alert").first();
    await alert.waitFor();
    return alert.innerText();
  }

  /** Nothing went wrong but what is expected. */
  assertQuiet(...expected) {
    const unexpected = this.problems.filter((text) => !expected.some((pattern) => pattern.test(text)));
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

  /** Waits for a state. */
  async state(state) {
    await this.page.locator(`#${this.id}[data-state="${state}"]`).waitFor({ state: "attached" });
  }

  conversation(id) {
    return this.root.locator(`[data-conversation="${id}"]`);
  }

  /** Opens a conversation and waits for its first page. */
  async open(id) {
    await this.conversation(id).click();
    // The last that opening does, also of one that was open: it goes to the newest message.
    await this.root.locator('.messages [role="option"]:focus').waitFor();
  }

  message(id) {
    return this.root.locator(`.message[data-id="${id}"]`);
  }

  /** The ids of the messages on the page, from top to bottom. */
  ids() {
    return this.root.locator(".message").evaluateAll((rows) => rows.map((row) => row.dataset.id));
  }

  /** Waits until exactly these messages stand there. */
  async shows(ids) {
    const wanted = ids.join();
    await this.page
      .waitForFunction(
        ([device, wanted]) =>
          [...document.querySelectorAll(`#${device} .message`)].map((row) => row.dataset.id).join() === wanted,
        [this.id, wanted],
      )
      .catch(async () => assert.deepEqual(await this.ids(), ids, `${this.id} does not show what it should`));
  }

  /** Waits until this message is the topmost. */
  async firstIs(id) {
    await this.page.waitForFunction(
      ([device, id]) => document.querySelector(`#${device} .message`)?.dataset.id === id,
      [this.id, id],
    );
  }

  /** An event in the log, by name and words; waits for it. */
  async event(name, words = "") {
    await this.root.locator(`[data-event="${name}"]`).filter({ hasText: words }).first().waitFor();
  }

  /** Scrolls to an end of what is loaded; resolves when more came in there. */
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
   * Scrolls to an end of the conversation; what is shown must be a run of `sent` at each step. Resolves with
   * the number of steps and all ids that were shown.
   */
  async walk(end, sent) {
    const seen = new Set();
    const last = end === "top" ? sent[0] : sent.at(-1);
    for (let steps = 0; ; steps += 1) {
      const shown = await this.ids();
      const from = sent.indexOf(shown[0]);
      assert.deepEqual(shown, sent.slice(from, from + shown.length), "what is shown is no run of what was sent");
      for (const id of shown) seen.add(id);
      if (shown.includes(last)) return { steps, seen: [...seen].sort(byPlaceIn(sent)) };
      await this.scrollTo(end);
    }
  }

  setNetwork(on) {
    return this.part("network").setChecked(on);
  }
}

const byPlaceIn = (ids) => {
  const places = new Map(ids.map((id, at) => [id, at]));
  return (a, b) => places.get(a) - places.get(b);
};

/** Sends `count` texts between two users, a minute apart, the last one `ago` minutes ago; resolves with ids and times. */
export async function talk(rest, a, b, count, ago = 1) {
  const now = Date.now();
  const ids = [];
  const times = [];
  for (let at = 0; at < count; at += 1) {
    const [from, to] = at % 3 === 0 ? [a, b] : [b, a];
    const time = now - (count - 1 - at + ago) * 60_000;
    ids.push(await rest.sendText(from, to, `message ${at} from ${from}`, { msg_timestamp: time }));
    times.push(time);
  }
  return { ids, times };
}

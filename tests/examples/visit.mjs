// A user's visit to an example, the same for all: sign in, read, receive, remove, reload, and read without the server.

import assert from "node:assert/strict";

import { appRest } from "../support/app-rest.mjs";
import { launchChromium, localContext } from "../support/chromium.mjs";
import { APP_KEY, startServer } from "../support/server.mjs";
import { UserRest } from "../support/user-rest.mjs";

const TIMEOUT_MS = 30_000;
const BOB = { conversationId: "bob", conversationType: "singleChat" };

/** A server whose user alice has received messages, and a browser. */
class Fixture {
  static async open() {
    const fixture = new Fixture();
    fixture.server = await startServer();
    fixture.appRest = await appRest(fixture.server.url);
    await fixture.appRest.createUsers("alice", "bob", "carol");
    fixture.aliceRest = new UserRest(fixture.server.url, "alice", await fixture.appRest.userToken("alice"));
    fixture.ids = [];
    for (const text of ["first", "second", "third"]) fixture.ids.push(await fixture.appRest.sendText("bob", "alice", text));
    await fixture.appRest.sendText("carol", "alice", "from carol");
    fixture.browser = await launchChromium().catch(async (error) => {
      await fixture.server.kill();
      throw error;
    });
    return fixture;
  }

  async page(url) {
    const page = await (await localContext(this.browser)).newPage();
    page.setDefaultTimeout(TIMEOUT_MS);
    return new ExamplePage(page, url, this.server.url);
  }

  async close() {
    await this.browser.close();
    await this.server.kill();
  }
}

/** The page of an example. */
class ExamplePage {
  /** Warnings and errors of the console, and uncaught errors. */
  consoleErrors = [];
  /** The content types with which `.wasm` files were served. */
  wasmTypes = [];
  sockets = [];

  constructor(page, url, serverUrl) {
    this.page = page;
    this.url = url;
    this.serverUrl = serverUrl;
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.consoleErrors.push(message.text());
    });
    page.on("pageerror", (error) => this.consoleErrors.push(String(error?.stack ?? error)));
    page.on("websocket", (socket) => {
      if (new URL(socket.url()).host === new URL(serverUrl).host) this.sockets.push(socket);
    });
    page.context().on("response", (response) => {
      if (new URL(response.url()).pathname.endsWith(".wasm")) this.wasmTypes.push(response.headers()["content-type"]);
    });
  }

  goto() {
    return this.page.goto(this.url);
  }

  reload() {
    // No close event arrives for the sockets of the old page.
    this.sockets = [];
    return this.page.reload();
  }

  /** Waits until the user is signed in: the form is hidden and the status line is empty. */
  async waitUntilOnline() {
    await this.page.getByRole("button", { name: "Sign in", exact: true }).waitFor({ state: "hidden" });
    await this.page.waitForFunction(() => document.querySelector("[role=status]")?.textContent === "");
  }

  async signIn() {
    const fields = { Server: this.serverUrl, "App key": APP_KEY, User: "alice", Password: "pw-alice" };
    for (const [label, value] of Object.entries(fields)) await this.page.getByLabel(label, { exact: true }).fill(value);
    await this.page.getByRole("button", { name: "Sign in", exact: true }).click();
  }

  async openConversation(name) {
    await this.conversation(name).click();
  }

  conversation(name) {
    return this.page.getByRole("navigation", { name: "Conversations" }).getByRole("button", { name, exact: true });
  }

  message(text) {
    return this.page.getByRole("list", { name: "Messages" }).getByRole("listitem").filter({ hasText: text });
  }

  /** Waits until exactly these messages are shown, oldest first. */
  async waitForMessages(...texts) {
    await this.page
      .waitForFunction(
        (expected) => {
          const shown = [...document.querySelectorAll('[aria-label="Messages"] li p')].map((text) => text.textContent);
          return JSON.stringify(shown) === JSON.stringify(expected);
        },
        texts,
      )
      .catch(() => {
        throw new Error(`not shown: ${texts}`);
      });
  }

  /** Describes what the page and its console show. */
  async describe() {
    const shown = await this.page.innerText("body", { timeout: 1000 }).catch((error) => error.message);
    return `The page shows:\n${shown}\nThe console: ${this.consoleErrors.join("\n")}`;
  }

  assertNoConsoleErrors() {
    assert.deepEqual(this.consoleErrors, []);
  }
}

/**
 * Visits an example and checks its behavior.
 * @param {string} url
 * @param {object} options
 * @param {boolean} options.wasm whether the WebAssembly is a file of its own
 * @param {(page: ExamplePage) => Promise<void>} options.check additional checks of a page that is signed in
 */
export async function visit(url, { wasm, check = async () => {} }) {
  const fixture = await Fixture.open();
  try {
    await visitPage(fixture, await fixture.page(url), { wasm, check });
  } finally {
    await fixture.close();
  }
}

async function visitPage(fixture, page, { wasm, check }) {
  try {
    await visitWithServer(fixture, page);
    await check(page);
    page.assertNoConsoleErrors();
    if (wasm) {
      assert.ok(page.wasmTypes.length > 0, "no .wasm file was fetched");
      assert.deepEqual([...new Set(page.wasmTypes)], ["application/wasm"]);
    } else {
      assert.deepEqual(page.wasmTypes, []);
    }
    await visitWithoutServer(fixture, page);
  } catch (error) {
    error.stack += `\n${await page.describe()}`;
    throw error;
  }
}

async function visitWithServer(fixture, page) {
  await page.goto();
  await page.signIn();
  await page.conversation("carol").waitFor();
  await page.openConversation("bob");
  await page.waitForMessages("first", "second", "third");
  await page.page.evaluate(() => (window.notReloaded = true));

  await fixture.appRest.sendText("bob", "alice", "<b>fourth</b>");
  await page.waitForMessages("first", "second", "third", "<b>fourth</b>");

  await page.message("second").getByRole("button", { name: "Remove" }).click();
  await page.waitForMessages("first", "third", "<b>fourth</b>");
  await fixture.aliceRest.remove("elsewhere", BOB, { msgIdList: [fixture.ids[0]] });
  await page.waitForMessages("third", "<b>fourth</b>");
  assert.ok(await page.page.evaluate(() => window.notReloaded), "the page was reloaded");
  const left = (await fixture.aliceRest.history(BOB)).map(({ content }) => content);
  assert.deepEqual(left, ["txt:third", "txt:<b>fourth</b>"]);

  await page.reload();
  await page.signIn();
  await page.conversation("carol").waitFor();
  await page.openConversation("bob");
  await page.waitForMessages("third", "<b>fourth</b>");
  await page.waitUntilOnline();
}

/** Without the server, the page shows the local copy, without the removed messages. */
async function visitWithoutServer(fixture, page) {
  await fixture.server.kill();
  await page.reload();
  await page.signIn();
  await page.conversation("carol").waitFor();
  await page.openConversation("bob");
  await page.waitForMessages("third", "<b>fourth</b>");
  await page.page.getByRole("status").filter({ hasText: /NETWORK_ERROR|fetch|network|reach/i }).waitFor();
}

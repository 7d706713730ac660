// What every example must do: a person signs in, reads, is written to, removes, and comes back without a network.

import assert from "node:assert/strict";

import { Service } from "../model/service.mjs";
import { admin } from "../support/admin.mjs";
import { launchChromium, localContext } from "../support/chromium.mjs";
import { APP_KEY, startServer } from "../support/server.mjs";

const BOUND = 30_000;
const BOB = { conversationId: "bob", conversationType: "singleChat" };

/** A server with people who wrote to alice, and a browser. */
export class World {
  static async open() {
    const world = new World();
    world.server = await startServer();
    world.rest = await admin(world.server.url);
    await world.rest.createUsers("alice", "bob", "carol");
    world.alice = new Service(world.server.url, "alice", await world.rest.userToken("alice"));
    world.ids = [];
    for (const text of ["first", "second", "third"]) world.ids.push(await world.rest.sendText("bob", "alice", text));
    await world.rest.sendText("carol", "alice", "from carol");
    world.browser = await launchChromium().catch(async (error) => {
      await world.server.kill();
      throw error;
    });
    return world;
  }

  async page(url) {
    const page = await (await localContext(this.browser)).newPage();
    page.setDefaultTimeout(BOUND);
    return new ExamplePage(page, url, this.server.url);
  }

  async close() {
    await this.browser.close();
    await this.server.kill();
  }
}

/** An example as a person meets it. */
export class ExamplePage {
  complaints = [];
  wasm = [];
  sockets = [];

  constructor(page, url, serverUrl) {
    this.page = page;
    this.url = url;
    this.serverUrl = serverUrl;
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.complaints.push(message.text());
    });
    page.on("pageerror", (error) => this.complaints.push(String(error?.stack ?? error)));
    page.on("websocket", (socket) => {
      if (new URL(socket.url()).host === new URL(serverUrl).host) this.sockets.push(socket);
    });
    page.context().on("response", (response) => {
      if (new URL(response.url()).pathname.endsWith(".wasm")) this.wasm.push(response.headers()["content-type"]);
    });
  }

  goto() {
    return this.page.goto(this.url);
  }

  reload() {
    this.sockets = []; // nobody tells the end of those that go with the page
    return this.page.reload();
  }

  /** Waits until it is signed in: the form is put away then, and there is nothing to be said. */
  async online() {
    await this.page.getByRole("button", { name: "Sign in", exact: true }).waitFor({ state: "hidden" });
    await this.page.waitForFunction(() => document.querySelector("[role=status]")?.textContent === "");
  }

  async signIn() {
    const fields = { Server: this.serverUrl, "App key": APP_KEY, User: "alice", Password: "pw-alice" };
    for (const [label, value] of Object.entries(fields)) await this.page.getByLabel(label, { exact: true }).fill(value);
    await this.page.getByRole("button", { name: "Sign in", exact: true }).click();
  }

  async choose(name) {
    await this.conversation(name).click();
  }

  conversation(name) {
    return this.page.getByRole("navigation", { name: "Conversations" }).getByRole("button", { name, exact: true });
  }

  message(text) {
    return this.page.getByRole("list", { name: "Messages" }).getByRole("listitem").filter({ hasText: text });
  }

  /** Waits until these messages are shown, oldest first, and no others. */
  async shows(...texts) {
    await this.page
      .waitForFunction(
        (wanted) => {
          const shown = [...document.querySelectorAll('[aria-label="Messages"] li p')].map((text) => text.textContent);
          return JSON.stringify(shown) === JSON.stringify(wanted);
        },
        texts,
      )
      .catch(() => {
        throw new Error(`not shown: ${texts}`);
      });
  }

  /** What it shows, and what its console says. */
  async toText() {
    const shown = await this.page.innerText("body", { timeout: 1000 }).catch((error) => error.message);
    return `The page shows:\n${shown}\nIts console: ${this.complaints.join("\n")}`;
  }

  assertQuiet() {
    assert.deepEqual(this.complaints, []);
  }
}

/**
 * The whole visit.
 * @param {string} url
 * @param {object} options
 * @param {boolean} options.wasm whether the WebAssembly is a file of its own
 * @param {(page: ExamplePage) => Promise<void>} options.look what else is to be seen of a page that is signed in
 */
export async function visit(url, { wasm, look = async () => {} }) {
  const world = await World.open();
  try {
    await visitIn(world, await world.page(url), { wasm, look });
  } finally {
    await world.close();
  }
}

async function visitIn(world, page, { wasm, look }) {
  try {
    await liveVisit(world, page);
    await look(page);
    page.assertQuiet();
    if (wasm) {
      assert.ok(page.wasm.length > 0, "the WebAssembly was fetched as a file");
      assert.deepEqual([...new Set(page.wasm)], ["application/wasm"]);
    } else {
      assert.deepEqual(page.wasm, []);
    }
    await visitWithoutServer(world, page);
  } catch (error) {
    error.stack += `\n${await page.toText()}`;
    throw error;
  }
}

async function liveVisit(world, page) {
  await page.goto();
  await page.signIn();
  await page.conversation("carol").waitFor();
  await page.choose("bob");
  await page.shows("first", "second", "third");
  await page.page.evaluate(() => (window.loadedOnce = true));

  await world.rest.sendText("bob", "alice", "<b>fourth</b>");
  await page.shows("first", "second", "third", "<b>fourth</b>");

  await page.message("second").getByRole("button", { name: "Remove" }).click();
  await page.shows("first", "third", "<b>fourth</b>");
  await world.alice.remove("elsewhere", BOB, { msgIdList: [world.ids[0]] });
  await page.shows("third", "<b>fourth</b>");
  assert.ok(await page.page.evaluate(() => window.loadedOnce), "the page was not loaded again");
  const kept = (await world.alice.history(BOB)).map(({ said }) => said);
  assert.deepEqual(kept, ["txt:third", "txt:<b>fourth</b>"]);

  await page.reload();
  await page.signIn();
  await page.conversation("carol").waitFor();
  await page.choose("bob");
  await page.shows("third", "<b>fourth</b>");
  await page.online();
}

/** What was kept is there, and what was removed is not. */
async function visitWithoutServer(world, page) {
  await world.server.kill();
  await page.reload();
  await page.signIn();
  await page.conversation("carol").waitFor();
  await page.choose("bob");
  await page.shows("third", "<b>fourth</b>");
  await page.page.getByRole("status").filter({ hasText: /NETWORK_ERROR|fetch|network|reach/i }).waitFor();
}

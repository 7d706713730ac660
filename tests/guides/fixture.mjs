// A server with the users Alice and Bob, as `cargo xtask demo` starts it, and the pages of one guide in a browser.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";

import { buildSync } from "esbuild";

import { appRest } from "../support/app-rest.mjs";
import { launchChromium, localContext } from "../support/chromium.mjs";
import { Cleanup } from "../support/cleanup.mjs";
import { PKG, ROOT } from "../support/paths.mjs";
import { startServer } from "../support/server.mjs";
import { serveStatic } from "../support/static.mjs";
import { UserRest } from "../support/user-rest.mjs";
import { waitUntil } from "../support/wait.mjs";
import { Guide } from "./guide.mjs";

/** The server's address in the text of the guides. */
const ADDRESS = "127.0.0.1:8080";
const PASSWORD = "roamkit";
export const BOB = { conversationId: "bob", conversationType: "singleChat" };

/** Resolves `roamkit` or `roamkit/…` by the package's `exports`. Returns a path for the file server. */
function resolveImport(specifier) {
  const { exports } = JSON.parse(readFileSync(`${PKG}/package.json`, "utf8"));
  const target = exports[specifier.replace("roamkit", ".")];
  const file = target?.import?.default ?? target?.import ?? target?.default ?? target;
  if (typeof file !== "string") throw new Error(`the package does not export ${specifier}`);
  return `/pkg/${file.replace("./", "")}`;
}

/** Serves the files of a guide as a bundler's development server does. Addresses and imports are replaced. */
export class Site {
  /** The names of the guide's files that a page has requested. */
  requested = new Set();
  #folder = mkdtempSync(`${tmpdir()}/roamkit-guide-`);
  #files;

  static async open(guide, serverUrl) {
    const site = new Site();
    site.guide = guide;
    for (const [name, text] of guide.files) {
      // A name such as `app.js:1` stands for a changed line of another file.
      if (!name.includes(":")) writeFileSync(`${site.#folder}/${name}`, site.#resolved(text, serverUrl));
    }
    site.#files = await serveStatic({ "/pkg/": `${PKG}/`, "/": `${site.#folder}/` });
    site.url = site.#files.url;
    return site;
  }

  #resolved(text, serverUrl) {
    return text
      .replaceAll(ADDRESS, new URL(serverUrl).host)
      .replace(/(?<= from ")roamkit[^"]*/g, resolveImport)
      .replace(/(?<= from ")easemob-websdk(?=")/, () => this.#bundleOfficialClient());
  }

  /** Bundles the official client, which is not an ES module. */
  #bundleOfficialClient() {
    buildSync({
      stdin: { contents: `export { default } from "easemob-websdk";`, resolveDir: `${ROOT}tests` },
      bundle: true,
      format: "esm",
      outfile: `${this.#folder}/official.mjs`,
      logLevel: "error",
    });
    return "/official.mjs";
  }

  async close() {
    await this.#files.close();
    rmSync(this.#folder, { recursive: true });
  }
}

export class Fixture {
  #cleanup = new Cleanup();

  /** Starts a server and serves the pages of the guide `name`. `serverOptions` are those of `startServer`. */
  static async open(name, serverOptions = {}) {
    const fixture = new Fixture();
    try {
      fixture.guide = new Guide(name);
      await fixture.startServer(serverOptions);
      fixture.appRest = await appRest(fixture.server.url);
      const users = ["alice", "bob"].map((username) => ({ username, password: PASSWORD }));
      await fixture.appRest.call("POST", "/users", users);
      await fixture.openSite(fixture.server.url);
      return fixture;
    } catch (error) {
      await fixture.close();
      throw error;
    }
  }

  async startServer(options) {
    const server = await startServer(options);
    this.server = server;
    this.defer(() => server.stop());
  }

  async openSite(serverUrl) {
    const site = await Site.open(this.guide, serverUrl);
    this.site = site;
    this.defer(() => site.close());
    const browser = await launchChromium();
    this.defer(() => browser.close());
    this.context = await localContext(browser);
  }

  /** Adds a step that `close` runs. */
  defer(step) {
    this.#cleanup.defer(step);
  }

  close() {
    return this.#cleanup.run();
  }

  /** Opens a page of the guide. `page.errors` collects its uncaught errors. */
  async openPage(path = "/index.html") {
    const page = await this.context.newPage();
    page.errors = [];
    page.on("pageerror", (error) => page.errors.push(error.stack ?? String(error)));
    page.on("request", (request) => {
      const name = new URL(request.url()).pathname.slice(1);
      if (request.url().startsWith(this.site.url) && this.guide.files.has(name)) this.site.requested.add(name);
    });
    await page.goto(this.site.url + path);
    return page;
  }

  /** Fails if a page or script of the guide was never loaded. */
  assertAllFilesLoaded() {
    const files = [...this.guide.files.keys()].filter((name) => /\.(html|js)$/.test(name));
    assert.deepEqual([...this.site.requested].sort(), files.sort(), "the files of the guide that were loaded");
  }

  /** Sends a message from Bob to Alice. Resolves with its id. */
  send(msg, extra) {
    return this.appRest.sendText("bob", "alice", msg, extra);
  }

  /** Logs Alice in on another device. */
  async otherDevice() {
    const login = { grant_type: "password", username: "alice", password: PASSWORD };
    const { access_token: token } = await this.appRest.call("POST", "/token", login);
    return new UserRest(this.server.url, "alice", token);
  }
}

/** Waits until the elements that match `selector` show exactly these lines. */
export async function waitForLines(page, selector, lines) {
  let actual;
  const matches = async () => {
    actual = await page.locator(selector).allInnerTexts();
    return JSON.stringify(actual) === JSON.stringify(lines);
  };
  await waitUntil(`${selector} shows ${JSON.stringify(lines)}`, matches).catch((error) => {
    throw new Error(`${error.message}; it shows ${JSON.stringify(actual)} ${page.errors.join("\n")}`);
  });
}

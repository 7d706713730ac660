// A server with Alice and Bob, as `cargo xtask demo` has them, and a guide's pages in a browser.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";

import { buildSync } from "esbuild";

import { Service } from "../model/service.mjs";
import { admin } from "../support/admin.mjs";
import { launchChromium, localContext } from "../support/chromium.mjs";
import { APP_KEY, startServer } from "../support/server.mjs";
import { serveStatic } from "../support/static.mjs";
import { Guide } from "./guide.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const PKG = process.env.ROAMKIT_PKG ?? `${ROOT}pkg`;
/** What the guides' own addresses are. */
const ADDRESS = "127.0.0.1:8080";
export const PASSWORD = "roamkit";
export const BOB = { conversationId: "bob", conversationType: "singleChat" };

/** Waits until something is so. */
export async function until(what, isSo, milliseconds = 15_000) {
  for (const start = Date.now(); !(await isSo()); await new Promise((resolve) => setTimeout(resolve, 20))) {
    if (Date.now() - start > milliseconds) throw new Error(`not so within ${milliseconds} ms: ${what}`);
  }
}

/** A file of the package for `roamkit` or `roamkit/…`, as its exports say. */
function entry(specifier) {
  const { exports } = JSON.parse(readFileSync(`${PKG}/package.json`, "utf8"));
  const target = exports[specifier.replace("roamkit", ".")];
  const file = target?.import?.default ?? target?.import ?? target?.default ?? target;
  if (typeof file !== "string") throw new Error(`the package does not export ${specifier}`);
  return `/pkg/${file.replace("./", "")}`;
}

/** The files of a guide, served as a bundler's development server would, with this server's address in them. */
export class Site {
  #folder = mkdtempSync(`${tmpdir()}/roamkit-guide-`);
  /** The guide's files that were asked for. */
  asked = new Set();

  static async open(guide, serverUrl) {
    const site = new Site();
    site.guide = guide;
    // What stands for a line of another file is none itself.
    for (const [name, text] of guide.files) if (!name.includes(":")) writeFileSync(`${site.#folder}/${name}`, site.#served(text, serverUrl));
    site.#files = await serveStatic({ "/pkg/": `${PKG}/`, "/": `${site.#folder}/` });
    site.url = site.#files.url;
    return site;
  }

  #files;

  #served(text, serverUrl) {
    return text
      .replaceAll(ADDRESS, new URL(serverUrl).host)
      .replace(/(?<= from ")roamkit[^"]*/g, entry)
      .replace(/(?<= from ")easemob-websdk(?=")/, () => this.#official());
  }

  /** The official client is no module: a bundler makes it one. */
  #official() {
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

export class World {
  #ends = [];

  /** The guide's own pages against a server. `server` goes to `startServer`. */
  static async open(name, server = {}) {
    const world = new World();
    try {
      world.guide = new Guide(name);
      await world.startServer(server);
      world.app = await admin(world.server.url);
      const users = ["alice", "bob"].map((username) => ({ username, password: PASSWORD }));
      await world.app.call("POST", "/users", users);
      await world.openSite(world.server.url);
      return world;
    } catch (error) {
      await world.close();
      throw error;
    }
  }

  async startServer(options) {
    const server = await startServer(options);
    this.server = server;
    this.atEnd(() => server.stop());
  }

  async openSite(serverUrl) {
    const site = await Site.open(this.guide, serverUrl);
    this.site = site;
    this.atEnd(() => site.close());
    const browser = await launchChromium();
    this.atEnd(() => browser.close());
    this.context = await localContext(browser);
  }

  atEnd(end) {
    this.#ends.push(end);
  }

  async close() {
    for (const end of this.#ends.reverse()) await end();
  }

  /** Opens a page of the guide. What goes wrong in it goes into `page.wrong`. */
  async open(path = "/index.html") {
    const page = await this.context.newPage();
    page.wrong = [];
    page.on("pageerror", (error) => page.wrong.push(error.stack ?? String(error)));
    page.on("request", (request) => {
      const name = new URL(request.url()).pathname.slice(1);
      if (request.url().startsWith(this.site.url) && this.guide.files.has(name)) this.site.asked.add(name);
    });
    await page.goto(this.site.url + path);
    return page;
  }

  /** Fails if a file of the guide was never loaded. */
  allRun() {
    const pages = [...this.guide.files.keys()].filter((name) => /\.(html|js)$/.test(name));
    assert.deepEqual([...this.site.asked].sort(), pages.sort(), "the files of the guide that were loaded");
  }

  /** Bob writes to Alice; resolves with the message's id. */
  say(msg, extra) {
    return this.app.sendText("bob", "alice", msg, extra);
  }

  /** Alice on another device, by plain REST. */
  async elsewhere() {
    const login = { grant_type: "password", username: "alice", password: PASSWORD };
    const { access_token: token } = await this.app.call("POST", "/token", login);
    return new Service(this.server.url, "alice", token);
  }
}

/** Waits until the page shows these lines and no others. */
export async function shows(page, selector, lines) {
  let seen;
  const same = async () => {
    seen = await page.locator(selector).allInnerTexts();
    return JSON.stringify(seen) === JSON.stringify(lines);
  };
  await until(`${selector} shows ${JSON.stringify(lines)}`, same).catch((error) => {
    throw new Error(`${error.message}; it shows ${JSON.stringify(seen)} ${page.wrong.join("\n")}`);
  });
}

// A page with the package under a given Content-Security-Policy, and what of it went wrong.

import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { launchChromium, localContext } from "../support/chromium.mjs";
import { serveStatic } from "../support/static.mjs";
import { PKG } from "./packed.mjs";

/** As little as the SDK needs, and the server of the tests. */
export const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "connect-src 'self' http://127.0.0.1:* ws://127.0.0.1:*",
].join("; ");

export class Site {
  #ends = [];

  static async open() {
    const site = new Site();
    const folder = await mkdtemp(join(tmpdir(), "roamkit-site-"));
    site.#ends.push(() => rm(folder, { recursive: true, force: true }));
    await writeFile(join(folder, "index.html"), '<!doctype html><html lang="en"><title>A page</title>');
    await copyFile(join(PKG, "roamkit_bg.wasm"), join(folder, "roamkit.bin"));
    const header = Buffer.from("\0asm\x01\0\0\0", "latin1");
    await writeFile(join(folder, "other.wasm"), header);
    await writeFile(join(folder, "damaged.wasm"), Buffer.concat([header, Buffer.from("damaged")]));
    site.folder = folder;
    site.browser = await launchChromium();
    site.#ends.push(() => site.browser.close());
    return site;
  }

  async close() {
    for (const end of this.#ends.reverse()) await end();
  }

  /** An empty page of its own origin. `troubles` fills with what the console and the policy complain of. */
  async page(policy = POLICY) {
    const files = await serveStatic(
      { "/pkg/": `${PKG}/`, "/site/": `${this.folder}/` },
      { "Content-Security-Policy": policy },
    );
    this.#ends.push(() => files.close());
    const context = await localContext(this.browser);
    this.#ends.push(() => context.close());
    const page = await context.newPage();
    const troubles = [];
    page.on("console", (message) => {
      if (["warning", "error"].includes(message.type())) troubles.push(message.text());
    });
    page.on("pageerror", (error) => troubles.push(String(error)));
    await page.addInitScript(() => {
      addEventListener("securitypolicyviolation", (event) => console.error(`${event.violatedDirective}: ${event.blockedURI}`));
    });
    await page.goto(`${files.url}/site/index.html`);
    return { page, troubles, url: files.url };
  }
}

/** In the page: opens a client, which needs no network, and lists what it has. */
export async function use(entry) {
  const { RoamClient } = await import(`/pkg/${entry}.js`);
  const client = await RoamClient.open({ appKey: "org#app", user: "alice" });
  const conversations = await client.loadAllConversations();
  client.close();
  return conversations;
}

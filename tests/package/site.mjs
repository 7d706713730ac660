// Pages with the package under a given Content-Security-Policy, and the problems that they report.

import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { launchChromium, localContext } from "../support/chromium.mjs";
import { serveStatic } from "../support/static.mjs";
import { PKG } from "./packed.mjs";

/** The minimum for the SDK and the tests' server. */
export const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "connect-src 'self' http://127.0.0.1:* ws://127.0.0.1:*",
].join("; ");

export class Site {
  #ends = [];
  #served = new Map();
  #page;

  static async open() {
    const site = new Site();
    const folder = await mkdtemp(join(tmpdir(), "roamkit-site-"));
    site.#ends.push(() => rm(folder, { recursive: true, force: true }));
    await writeFile(join(folder, "index.html"), '<!doctype html><html lang="en"><title>A page</title>');
    await copyFile(join(PKG, "roamkit_bg.wasm"), join(folder, "roamkit.bin"));
    const header = Buffer.from("\0asm\x01\0\0\0", "latin1");
    await writeFile(join(folder, "other.wasm"), header);
    // A build of other sources: wasm-bindgen puts a hash of the crate and the signature into the name of each import.
    const own = (await readFile(join(PKG, "roamkit_bg.wasm"))).toString("latin1");
    const other = own.replace(/(?<=__wbg_\w+_)[0-9a-f]{16}(?=\0)/, (hash) => [...hash].reverse().join(""));
    if (other === own) throw new Error("the package's WebAssembly has no import with a hash");
    await writeFile(join(folder, "another-build.wasm"), Buffer.from(other, "latin1"));
    await writeFile(join(folder, "damaged.wasm"), Buffer.concat([header, Buffer.from("damaged")]));
    site.folder = folder;
    site.browser = await launchChromium();
    site.#ends.push(() => site.browser.close());
    site.context = await localContext(site.browser);
    return site;
  }

  async close() {
    for (const end of this.#ends.reverse()) await end();
  }

  /** The file server that sends this policy. */
  async #files(policy) {
    if (!this.#served.has(policy)) {
      const mounts = { "/pkg/": `${PKG}/`, "/site/": `${this.folder}/` };
      const files = await serveStatic(mounts, { "Content-Security-Policy": policy });
      this.#ends.push(() => files.close());
      this.#served.set(policy, files);
    }
    return this.#served.get(policy);
  }

  /**
   * Opens an empty page and closes the previous one. `troubles` collects warnings and errors of the console, and violations of
   * the policy.
   */
  async page(policy = POLICY) {
    const files = await this.#files(policy);
    await this.#page?.close();
    const page = (this.#page = await this.context.newPage());
    const troubles = [];
    page.on("console", (message) => {
      if (["warning", "error"].includes(message.type())) troubles.push(message.text());
    });
    page.on("pageerror", (error) => troubles.push(String(error)));
    await page.addInitScript(() => {
      addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
        console.error(`${violatedDirective}: ${blockedURI}`);
      });
    });
    await page.goto(`${files.url}/site/index.html`);
    return { page, troubles, url: files.url };
  }
}

/** Runs in the page: opens a client, which needs no network, and lists its conversations. */
export async function use(entry) {
  const { RoamClient } = await import(`/pkg/${entry}.js`);
  const client = await RoamClient.open({ appKey: "org#app", user: "alice" });
  const conversations = await client.loadAllConversations();
  client.close();
  return conversations;
}

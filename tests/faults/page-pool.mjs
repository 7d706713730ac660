// A pool of browser contexts with loaded pages. Opening them takes longer than the rest of a scenario.

import { localContext } from "../support/chromium.mjs";

/** After so many uses a context is closed. */
const MAX_USES = 20;

export class PagePool {
  #browser;
  #free = [];

  constructor(browser) {
    this.#browser = browser;
  }

  /** Takes a context for one device: `{ context, pages }`. The pages are loaded and have no open client. */
  async take() {
    return this.#free.pop() ?? { context: await localContext(this.#browser), uses: 0, pages: [] };
  }

  /** Returns a context after a successful scenario. */
  async giveBack(entry) {
    entry.uses += 1;
    entry.pages = entry.context.pages();
    for (const page of entry.pages) await page.evaluate(() => window.roam.close());
    if (entry.uses < MAX_USES) this.#free.push(entry);
    else await entry.context.close();
  }

  async discard(entry) {
    await entry.context.close();
  }
}

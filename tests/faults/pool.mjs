// Browser contexts with pages, for one scenario after the other: opening them costs more than all the rest.

import { localContext } from "../support/chromium.mjs";

/** Then a context makes way for a new one. */
const USES = 20;

export class Pool {
  #browser;
  #free = [];

  constructor(browser) {
    this.#browser = browser;
  }

  /** A device's place: `{ context, pages }`. The pages are loaded, and nobody is on them. */
  async take() {
    return this.#free.pop() ?? { context: await localContext(this.#browser), used: 0, pages: [] };
  }

  /** All went well: another may have it. */
  async give(place) {
    place.used += 1;
    place.pages = place.context.pages();
    for (const page of place.pages) await page.evaluate(() => window.roam.close());
    if (place.used < USES) this.#free.push(place);
    else await place.context.close();
  }

  async drop(place) {
    await place.context.close();
  }
}

// On what it was measured.

import { availableParallelism, cpus, platform, totalmem } from "node:os";

/** One sentence. */
export async function describeMachine(page, { rounds }, { words }) {
  const version = /Chrome\/([\d.]+)/.exec(await page.evaluate(() => navigator.userAgent))?.[1];
  const full = page.context().browser()?.version() ?? version;
  const cores = availableParallelism();
  const memory = Math.round(totalmem() / 2 ** 30);
  await page.close();
  return (
    `${cores} cores (${cpus()[0].model.trim()}), ${memory} GiB, ${platform()}; Chromium ${full}, headless, its profile on disk. ` +
    `${rounds} rounds after one to warm up, the sides by turns. Messages: ${words}.`
  );
}

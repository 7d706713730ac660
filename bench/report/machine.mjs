// Describes the machine and the settings of a run.

import { availableParallelism, cpus, platform, totalmem } from "node:os";

export async function describeMachine(page, { rounds }, { description }) {
  const version = /Chrome\/([\d.]+)/.exec(await page.evaluate(() => navigator.userAgent))?.[1];
  const full = page.context().browser()?.version() ?? version;
  const cores = availableParallelism();
  const memory = Math.round(totalmem() / 2 ** 30);
  await page.close();
  return (
    `${cores} cores (${cpus()[0].model.trim()}), ${memory} GiB, ${platform()}; Chromium ${full}, headless, with its profile on disk. ` +
    `${rounds} rounds after a warm-up round, sides alternating. Messages: ${description}.`
  );
}

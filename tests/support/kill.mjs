// Kills pages of a running browser.

import { withTimeout } from "./wait.mjs";

/** Crashes a page by the browser's own command. */
export async function crashPage(page) {
  const session = await page.context().newCDPSession(page);
  await closeAfterCrash(page, () => void session.send("Page.crash").catch(() => {}));
}

/** Kills a process by SIGKILL; it must be the renderer of `page`. */
export const killRenderer = (page, pid) => closeAfterCrash(page, () => process.kill(pid, "SIGKILL"));

/** Lists the browser's renderer processes: `{ id, cpuTime }`. */
export async function rendererProcesses(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  return processInfo.filter(({ type }) => type === "renderer");
}

/** Kills all renderers of the browser by SIGKILL; `page` must belong to one of them. */
export async function killRenderers(browser, page) {
  const processes = await rendererProcesses(browser);
  await closeAfterCrash(page, () => {
    for (const { id } of processes) process.kill(id, "SIGKILL");
  });
}

async function closeAfterCrash(page, kill) {
  const crashed = page.waitForEvent("crash", { timeout: 10_000 });
  kill();
  await crashed;
  await withTimeout(page.close(), "closing a killed page");
}

// Starts the system's Chromium, headless and without access to other machines.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

import { chromium } from "playwright-core";

const PROGRAM = process.env.CHROMIUM ?? "/usr/bin/chromium";

const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function launchChromium({ args = [], ...options } = {}) {
  return chromium.launch({ executablePath: PROGRAM, args: [...ARGS, ...args], ...options });
}

/** Starts a browser that stores its profile in `folder`. Other contexts keep their storage in memory. */
export function launchOnDisk(folder, args = []) {
  return chromium.launchPersistentContext(folder, { executablePath: PROGRAM, args: [...ARGS, ...args] });
}

/** Opens a context with its own cookies and storage. It cannot send requests to other machines. */
export async function localContext(browser, options = {}) {
  return blockRemoteHosts(await browser.newContext(options));
}

async function blockRemoteHosts(context) {
  await context.route(
    (url) => url.hostname !== "127.0.0.1" && url.protocol.startsWith("http"),
    (route) => route.abort(),
  );
  return context;
}

/** Starts a browser with a profile on disk, in a process group of its own, so that a test can kill all of it. */
export async function startChromium(profile, options = {}) {
  const child = spawn(
    PROGRAM,
    [...ARGS, "--headless", "--remote-debugging-port=0", `--user-data-dir=${profile}`, "about:blank"],
    { detached: true, stdio: ["ignore", "ignore", "pipe"] },
  );
  const exited = once(child, "exit");
  const killGroup = () => {
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // The process group has exited already.
    }
  };
  process.once("exit", killGroup);
  const address = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("Chromium did not start within 30 s")), 30_000);
    exited.then(() => reject(new Error("Chromium exited before it listened")));
    createInterface({ input: child.stderr }).on("line", (line) => {
      const found = /DevTools listening on (ws:\S+)/.exec(line);
      if (!found) return;
      clearTimeout(timer);
      resolve(found[1]);
    });
  }).catch((error) => {
    killGroup();
    throw error;
  });
  const browser = await chromium.connectOverCDP(address, options);
  return {
    context: await blockRemoteHosts(browser.contexts()[0]),
    /** Kills all processes of the browser at once, as the operating system might. */
    async kill() {
      process.removeListener("exit", killGroup);
      killGroup();
      await exited;
      await browser.close().catch(() => {});
    },
  };
}

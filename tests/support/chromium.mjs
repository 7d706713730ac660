// The system's Chromium, headless, that talks to this machine alone.

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

/** One whose storage is on disk, in that folder, as a user's is: other contexts keep theirs in memory. */
export function launchOnDisk(folder, args = []) {
  return chromium.launchPersistentContext(folder, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [...ARGS, ...args],
  });
}

/** A context (own cookies and storage) from which no request leaves this machine. */
export async function localContext(browser, options = {}) {
  return stayLocal(await browser.newContext(options));
}

async function stayLocal(context) {
  await context.route(
    (url) => url.hostname !== "127.0.0.1" && url.protocol.startsWith("http"),
    (route) => route.abort(),
  );
  return context;
}

/** A browser of its own process group with a profile on disk, which may be killed and started again. */
export async function startChromium(profile, options = {}) {
  const child = spawn(
    PROGRAM,
    [...ARGS, "--headless", "--remote-debugging-port=0", `--user-data-dir=${profile}`, "about:blank"],
    { detached: true, stdio: ["ignore", "ignore", "pipe"] },
  );
  const exited = once(child, "exit");
  const end = () => {
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // It is gone already.
    }
  };
  process.once("exit", end);
  const address = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("Chromium did not start within 30 s")), 30_000);
    exited.then(() => reject(new Error("Chromium ended before it listened")));
    createInterface({ input: child.stderr }).on("line", (line) => {
      const found = /DevTools listening on (ws:\S+)/.exec(line);
      if (!found) return;
      clearTimeout(timer);
      resolve(found[1]);
    });
  }).catch((error) => {
    end();
    throw error;
  });
  const browser = await chromium.connectOverCDP(address, options);
  return {
    context: await stayLocal(browser.contexts()[0]),
    /** The whole browser, at once, as when the machine kills it. */
    async kill() {
      process.removeListener("exit", end);
      end();
      await exited;
      await browser.close().catch(() => {});
    },
  };
}

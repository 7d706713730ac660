// "Load the whole history": progress, stopping, going on, and a network that fails on the way.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { importLines, userLines } from "../support/import.mjs";
import { startDemo } from "./demo-page.mjs";

const MESSAGES = 3_000;
const PAGE = 50;

let folder;
let demo;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "roamkit-loading-"));
  const database = `sqlite:${join(folder, "server.db")}`;
  const now = Date.now();
  const messages = Array.from({ length: MESSAGES }, (_, at) => ({
    type: "message",
    from: at % 3 ? "bob" : "alice",
    to: at % 3 ? "alice" : "bob",
    time: now - (MESSAGES - at) * 60_000,
    body: { type: "txt", msg: `message ${at}` },
  }));
  await importLines(database, folder, [...userLines("alice", "bob"), ...messages]);
  demo = await startDemo({ database });
});
after(async () => {
  await demo?.end();
  await rm(folder, { recursive: true, force: true });
});

/** Counts the pages that are asked for; from the `limit`th on `then(route)` answers. */
async function counted(page, limit, then) {
  const state = { count: 0 };
  await page.page.route("**/messageroaming", (route) => {
    state.count += 1;
    return state.count > limit ? then(route) : route.continue();
  });
  return state;
}

const done = (page) => page.left.event("historyLoaded", "3,000 messages");

test("it shows how far it is, stops when told, and goes on from there", async () => {
  const page = await demo.signedIn("alice");
  const { left } = page;
  await left.open("bob");
  let reached;
  const limit = new Promise((resolve) => {
    reached = resolve;
  });
  // Held back: the page waits until it is told to stop.
  const first = await counted(page, 20, () => reached());
  await left.part("load-history").click();
  await limit;
  const value = await left.part("progress").evaluate((bar) => bar.value);
  assert.ok(value > 0.1 && value < 0.6, `${value} of the history after 20 of ${MESSAGES / PAGE} pages`);
  const loaded = Number((await left.part("progress-text").innerText()).replace(/\D/g, ""));
  assert.ok(loaded >= 10 * PAGE && loaded < MESSAGES / 2, `${loaded} messages`);
  await left.part("stop-loading").click();
  await left.part("loading").waitFor({ state: "hidden" });
  await left.part("notices").getByText("goes on from there").waitFor();
  assert.equal(await left.part("load-history").evaluate((button) => button === document.activeElement), true);
  assert.equal(await left.root.locator('[data-event="historyLoaded"]').count(), 0);
  await page.page.unroute("**/messageroaming");

  const second = await counted(page, Infinity);
  await left.part("load-history").click();
  await done(page);
  await left.part("loading").waitFor({ state: "hidden" });
  const least = (MESSAGES - loaded) / PAGE;
  assert.ok(second.count >= least && second.count <= least + 4, `${second.count} pages for ${least}`);
  assert.ok(first.count + second.count <= MESSAGES / PAGE + 8, "what was there was fetched again");

  // A third time sends nothing but the question when it began; and all of it is here without the network.
  const asked = second.count;
  await left.part("load-history").click();
  await left.root.locator('[data-event="historyLoaded"]').nth(1).waitFor();
  assert.ok(second.count - asked <= 2, `${second.count - asked} requests for nothing`);
  await left.setNetwork(false);
  await left.state("offline");
  await left.part("jump-oldest").click();
  await left.root.locator(".text", { hasText: /^message 0$/ }).waitFor();
  assert.match(await left.part("top-edge").innerText(), /begins here/);
  page.assertQuiet();
});

test("a network that fails on the way is told, and the next time goes on", async () => {
  const page = await demo.signedIn("alice");
  const { left } = page;
  await left.open("bob");
  await counted(page, 10, (route) => route.abort());
  await left.part("load-history").click();
  assert.match(await page.errorText(), /Could not load messages/);
  await left.part("loading").waitFor({ state: "hidden" });
  await page.page.unroute("**/messageroaming");
  const rest = await counted(page, Infinity);
  await left.part("load-history").click();
  await done(page);
  assert.ok(rest.count < MESSAGES / PAGE, "it began anew");
  page.assertQuiet(/Failed to load resource.*ERR_FAILED/);
});

test("leaving the network ends it, without an error", async () => {
  const page = await demo.signedIn("alice");
  const { left } = page;
  await left.open("bob");
  await counted(page, 5, () => {});
  await left.part("load-history").click();
  await left.part("loading").waitFor();
  await left.setNetwork(false);
  await left.state("offline");
  await left.part("loading").waitFor({ state: "hidden" });
  assert.equal(await left.root.getByRole("alert").count(), 0);
  page.assertQuiet();
});

// The command "Load the whole history": progress, stopping, continuing, and a network failure.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { importLines, userLines } from "../support/import-messages.mjs";
import { startDemo } from "./demo-page.mjs";

const MESSAGES = 3_000;
const PAGE = 50;

let folder;
let demo;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "roamkit-loading-"));
  const database = `sqlite:${join(folder, "server.db")}`;
  const now = Date.now();
  const messages = Array.from({ length: MESSAGES }, (_, i) => ({
    type: "message",
    from: i % 3 ? "bob" : "alice",
    to: i % 3 ? "alice" : "bob",
    time: now - (MESSAGES - i) * 60_000,
    body: { type: "txt", msg: `message ${i}` },
  }));
  await importLines(database, folder, [...userLines("alice", "bob"), ...messages]);
  demo = await startDemo({ database });
});
after(async () => {
  await demo?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Counts the requests for pages. After `limit` of them, `onExcess(route)` handles the others. */
async function countRequests(page, limit, onExcess) {
  const state = { count: 0 };
  await page.page.route("**/messageroaming", (route) => {
    state.count += 1;
    return state.count > limit ? onExcess(route) : route.continue();
  });
  return state;
}

const waitUntilLoaded = (page) => page.left.waitForEvent("historyLoaded", "3,000 messages");

test("loading shows its progress, can be stopped, and continues where it stopped", async () => {
  const page = await demo.signedIn("alice");
  const { left } = page;
  await left.openConversation("bob");
  let markReached;
  const limitReached = new Promise((resolve) => {
    markReached = resolve;
  });
  // Requests beyond the limit get no answer, so the page waits until the test stops it.
  const first = await countRequests(page, 20, () => markReached());
  await left.part("load-history").click();
  await limitReached;
  const value = await left.part("progress").evaluate((bar) => bar.value);
  assert.ok(value > 0.1 && value < 0.6, `${value} of the history after 20 of ${MESSAGES / PAGE} pages`);
  const loaded = Number((await left.part("progress-text").innerText()).replace(/\D/g, ""));
  assert.ok(loaded >= 10 * PAGE && loaded < MESSAGES / 2, `${loaded} messages`);
  await left.part("stop-loading").click();
  await left.part("loading").waitFor({ state: "hidden" });
  await left.part("notices").getByText("continues from there").waitFor();
  assert.equal(await left.part("load-history").evaluate((button) => button === document.activeElement), true);
  assert.equal(await left.root.locator('[data-event="historyLoaded"]').count(), 0);
  await page.page.unroute("**/messageroaming");

  const second = await countRequests(page, Infinity);
  await left.part("load-history").click();
  await waitUntilLoaded(page);
  await left.part("loading").waitFor({ state: "hidden" });
  const least = (MESSAGES - loaded) / PAGE;
  assert.ok(second.count >= least && second.count <= least + 4, `${second.count} pages for ${least}`);
  assert.ok(first.count + second.count <= MESSAGES / PAGE + 8, "loaded pages were fetched again");

  // A third run only asks for the first message. The whole history is then available offline.
  const before = second.count;
  await left.part("load-history").click();
  await left.root.locator('[data-event="historyLoaded"]').nth(1).waitFor();
  assert.ok(second.count - before <= 2, `${second.count - before} unnecessary requests`);
  await left.setNetwork(false);
  await left.waitForState("offline");
  await left.part("jump-oldest").click();
  await left.root.locator(".text", { hasText: /^message 0$/ }).waitFor();
  assert.match(await left.part("top-edge").innerText(), /begins here/);
  page.assertNoConsoleErrors();
});

test("a network failure is shown, and the next run continues", async () => {
  const page = await demo.signedIn("alice");
  const { left } = page;
  await left.openConversation("bob");
  await countRequests(page, 10, (route) => route.abort());
  await left.part("load-history").click();
  assert.match(await page.errorText(), /Could not load messages/);
  await left.part("loading").waitFor({ state: "hidden" });
  await page.page.unroute("**/messageroaming");
  const rest = await countRequests(page, Infinity);
  await left.part("load-history").click();
  await waitUntilLoaded(page);
  assert.ok(rest.count < MESSAGES / PAGE, "loading started from the beginning");
  page.assertNoConsoleErrors(/Failed to load resource.*ERR_FAILED/);
});

test("going offline stops loading without an error", async () => {
  const page = await demo.signedIn("alice");
  const { left } = page;
  await left.openConversation("bob");
  await countRequests(page, 5, () => {});
  await left.part("load-history").click();
  await left.part("loading").waitFor();
  await left.setNetwork(false);
  await left.waitForState("offline");
  await left.part("loading").waitFor({ state: "hidden" });
  assert.equal(await left.root.getByRole("alert").count(), 0);
  page.assertNoConsoleErrors();
});

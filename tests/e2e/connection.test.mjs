// Connections that are lost and restored.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startDemo, sendMessages } from "./demo-page.mjs";

let demo;
let folder;
let ids;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "roamkit-e2e-"));
  demo = await startDemo({ database: `sqlite:${join(folder, "server.db")}` });
  await demo.appRest.createUsers("alice", "bob");
  ({ ids } = await sendMessages(demo.appRest, "alice", "bob", 10));
});
after(async () => {
  await demo?.stop();
  await rm(folder, { recursive: true, force: true });
});

test("after quick toggling, the device is in the state of its network switch", async () => {
  const page = await demo.signedIn("alice");
  const { left } = page;
  for (const on of [false, true, false, true, false]) await left.setNetwork(on);
  await left.waitForState("offline");
  await left.setNetwork(true);
  await left.waitForState("connected");
  await left.openConversation("bob");
  await left.waitForMessages(ids);
  const id = await demo.appRest.sendText("bob", "alice", "still there?");
  await left.message(id).waitFor();
  ids.push(id);
  assert.equal(await left.root.locator('[data-event="messageReceived"]').count(), 1);
  page.assertNoConsoleErrors();
});

test("two browsers with the same user stay online side by side", async () => {
  const pages = [await demo.signedIn("alice"), await demo.signedIn("alice")];
  const id = await demo.appRest.sendText("bob", "alice", "to four devices");
  ids.push(id);
  for (const page of pages) {
    for (const device of [page.left, page.right]) {
      await device.openConversation("bob");
      await device.message(id).waitFor();
    }
  }
  for (const page of pages) {
    for (const device of [page.left, page.right]) {
      await device.waitForState("connected");
      assert.equal(await device.root.locator('[data-event="disconnected"]').count(), 0);
    }
    page.assertNoConsoleErrors();
  }
});

test("the page shows that the server is gone, and reconnects when it is restarted", async () => {
  const page = await demo.signedIn("alice");
  const { left, right } = page;
  await left.openConversation("bob");
  await left.waitForMessages(ids);
  const restart = await demo.killServer();
  await left.waitForState("disconnected");
  await right.waitForState("disconnected");
  await left.waitForEvent("disconnected", "trying again");

  // The page shows an error for data that the local copy does not have.
  await right.conversation("bob").click();
  await right.root.getByRole("alert").filter({ hasText: "Could not load messages" }).waitFor();
  await left.part("refresh").click();
  await left.root.getByRole("alert").filter({ hasText: "Could not load the list" }).waitFor();

  await restart();
  await page.page.locator('#demo-left[data-state="connected"]').waitFor({ state: "attached", timeout: 60_000 });
  await page.page.locator('#demo-right[data-state="connected"]').waitFor({ state: "attached", timeout: 60_000 });
  await right.waitForMessages(ids);
  const id = await demo.appRest.sendText("bob", "alice", "back again");
  await left.message(id).waitFor();
  assert.equal((await left.ids()).at(-1), id);
});

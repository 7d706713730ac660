// Connections that come and go.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startDemo, talk } from "./demo-page.mjs";

let demo;
let folder;
let ids;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "roamkit-e2e-"));
  demo = await startDemo({ database: `sqlite:${join(folder, "server.db")}` });
  await demo.rest.createUsers("alice", "bob");
  ({ ids } = await talk(demo.rest, "alice", "bob", 10));
});
after(async () => {
  await demo?.end();
  await rm(folder, { recursive: true, force: true });
});

test("a switch that is flicked quickly ends as it stands", async () => {
  const page = await demo.signedIn("alice");
  const { left } = page;
  for (const on of [false, true, false, true, false]) await left.setNetwork(on);
  await left.state("offline");
  await left.setNetwork(true);
  await left.state("connected");
  await left.open("bob");
  await left.shows(ids);
  const id = await demo.rest.sendText("bob", "alice", "still there?");
  await left.message(id).waitFor();
  ids.push(id);
  assert.equal(await left.root.locator('[data-event="messageReceived"]').count(), 1);
  page.assertQuiet();
});

test("a server that goes away is told, and found again when it is back", async () => {
  const page = await demo.signedIn("alice");
  const { left, right } = page;
  await left.open("bob");
  await left.shows(ids);
  const crash = await demo.crash();
  await left.state("disconnected");
  await right.state("disconnected");
  await left.event("disconnected", "trying again");

  // What is not here is told in words.
  await right.conversation("bob").click();
  await right.root.getByRole("alert").filter({ hasText: "Could not load messages" }).waitFor();
  await left.part("refresh").click();
  await left.root.getByRole("alert").filter({ hasText: "Could not load the list" }).waitFor();

  await crash.back();
  await page.page.locator('#demo-left[data-state="connected"]').waitFor({ state: "attached", timeout: 60_000 });
  await page.page.locator('#demo-right[data-state="connected"]').waitFor({ state: "attached", timeout: 60_000 });
  await right.shows(ids);
  const id = await demo.rest.sendText("bob", "alice", "back again");
  await left.message(id).waitFor();
  assert.equal((await left.ids()).at(-1), id);
});

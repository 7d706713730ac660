// docs/guides/offline-list.md

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { after, before, test } from "node:test";

import { waitUntil } from "../support/wait.mjs";
import { BOB, Fixture, waitForLines } from "./fixture.mjs";

let fixture;
let database;
before(async () => {
  const folder = mkdtempSync(`${tmpdir()}/roamkit-guide-list-`);
  database = `sqlite:${folder}/roamkit.db`;
  fixture = await Fixture.open("offline-list", { database });
  fixture.defer(() => rmSync(folder, { recursive: true }));
});
after(() => fixture?.close());

test("the list is shown without the server, and is updated when the server is back", async () => {
  const group = await fixture.appRest.createGroup("bob", ["alice"]);
  await fixture.send("one");
  await fixture.send("two");
  await fixture.appRest.sendGroupText("bob", group, "all");
  const page = await fixture.openPage();
  await waitForLines(page, "#list li", [`${group} (1): all`, "bob (2): two"]);
  await waitForLines(page, "#status", ["Online"]);

  const three = await fixture.send("three");
  await waitForLines(page, "#list li", ["bob (3): three", `${group} (1): all`]);
  await (await fixture.otherDevice()).remove("phone", BOB, { msgIdList: [three] });
  await waitForLines(page, "#list li", [`${group} (1): all`, "bob (2): two"]);

  await fixture.server.stop();
  await page.reload();
  await page.waitForFunction(() => document.querySelector("#status").textContent.startsWith("Offline"));
  const lines = await page.locator("#list li").allInnerTexts();
  assert.equal(lines.length, 2);
  assert.ok(lines.some((line) => line.endsWith("two")), String(lines));
  await page.locator("#list li", { hasText: "bob (2): two" }).click();
  await page.locator("#list li", { hasText: "bob (0): two" }).waitFor();

  await fixture.startServer({ database, port: Number(new URL(fixture.server.url).port) });
  await waitForLines(page, "#status", ["Online"]);
  const other = await fixture.otherDevice();
  const unread = async () => (await other.conversations(true)).map((listed) => listed.unreadCount).sort();
  await waitUntil("the server knows of the read", async () => String(await unread()) === "0,1");
  await fixture.send("four");
  await waitForLines(page, "#list li", ["bob (1): four", `${group} (1): all`]);
  await page.locator("#list li", { hasText: group }).click();
  await waitUntil("the server knows of the second read", async () => String(await unread()) === "0,1");
  assert.deepEqual(page.errors, []);
  fixture.assertAllFilesLoaded();
});

// docs/guides/offline-list.md

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { after, before, test } from "node:test";

import { BOB, World, shows } from "./world.mjs";

let world;
let database;
before(async () => {
  const folder = mkdtempSync(`${tmpdir()}/roamkit-guide-list-`);
  database = `sqlite:${folder}/roamkit.db`;
  world = await World.open("offline-list", { database });
  world.atEnd(() => rmSync(folder, { recursive: true }));
});
after(() => world?.close());

test("the list is there without the server, and current again with it", async () => {
  const group = await world.app.createGroup("bob", ["alice"]);
  await world.say("one");
  await world.say("two");
  await world.app.sendGroupText("bob", group, "all");
  const page = await world.open();
  await shows(page, "#list li", [`${group} (1): all`, "bob (2): two"]);
  await shows(page, "#status", ["Online"]);

  const three = await world.say("three");
  await shows(page, "#list li", ["bob (3): three", `${group} (1): all`]);
  await (await world.elsewhere()).remove("phone", BOB, { msgIdList: [three] });
  await shows(page, "#list li", [`${group} (1): all`, "bob (2): two"]);

  await world.server.stop();
  await page.reload();
  await page.waitForFunction(() => document.querySelector("#status").textContent.startsWith("Offline"));
  const kept = await page.locator("#list li").allInnerTexts();
  assert.equal(kept.length, 2);
  assert.ok(kept.some((line) => line.endsWith("two")), String(kept));

  await world.startServer({ database, port: Number(new URL(world.server.url).port) });
  await shows(page, "#status", ["Online"]);
  await world.say("four");
  await page.waitForFunction(() => document.querySelector("#list").firstElementChild.textContent.endsWith("four"));
  assert.deepEqual(page.wrong, []);
  world.allRun();
});

// Signing in, the list, and errors in words.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startDemo, talk } from "./demo-page.mjs";

let demo;
before(async () => {
  demo = await startDemo();
  await demo.rest.createUsers("alice", "bob", "mei", "joao");
  await talk(demo.rest, "alice", "mei", 3, 30);
  await talk(demo.rest, "alice", "bob", 2, 1);
  await talk(demo.rest, "alice", "joao", 1, 20 * 24 * 60);
});
after(() => demo?.end());

const titles = (device) =>
  device.root.locator("[data-conversation]").evaluateAll((rows) => rows.map((row) => row.dataset.conversation));

test("both devices show the service's default window, and the whole list on request", async () => {
  const page = await demo.signedIn("alice");
  for (const device of [page.left, page.right]) {
    await device.event("listLoaded");
    assert.deepEqual(await titles(device), ["bob", "mei"]);
    assert.match(await device.conversation("bob").innerText(), /message 1 from bob/);
    assert.match(await device.conversation("bob").locator(".badge").innerText(), /^1$/);
  }
  await page.left.part("load-all").click();
  await page.left.conversation("joao").waitFor();
  assert.deepEqual(await titles(page.left), ["bob", "mei", "joao"]);
  assert.deepEqual(await titles(page.right), ["bob", "mei"]);
  page.assertQuiet();
});

test("a wrong password is told in words, and the next try goes through", async () => {
  const page = await demo.open();
  await page.signIn("alice", "wrong");
  const text = await page.errorText();
  assert.match(text, /Could not sign in/);
  assert.match(text, /Check the (user and the )?password/);
  assert.match(text, /\b(102|202) [A-Z_]+/);
  assert.ok(await page.page.locator("[name=password]").isVisible());
  await page.signIn("alice", "pw-alice");
  await page.left.state("connected");
  page.assertQuiet(/Failed to load resource.* 40\d/);
});

test("an unknown user is told in words", async () => {
  const page = await demo.open();
  await page.signIn("nobody", "whatever");
  assert.match(await page.errorText(), /Check the user/);
});

test("a page of history that does not get through is told in words, and can be asked again", async () => {
  const page = await demo.signedIn("alice");
  await page.left.event("listLoaded");
  await page.page.route("**/messageroaming", (route) => route.abort());
  await page.left.conversation("mei").click();
  const text = await page.errorText();
  assert.match(text, /Could not load messages/);
  assert.match(text, /\b(2|300|301) [A-Z_]+/);
  await page.page.unroute("**/messageroaming");
  await page.left.open("mei");
  assert.equal((await page.left.ids()).length, 3);
  page.assertQuiet(/Failed to load resource.*ERR_FAILED/);
});

test("a reload stays signed in; signing out ends it", async () => {
  const page = await demo.signedIn("alice");
  await page.page.reload();
  await page.left.state("connected");
  await page.page.getByRole("button", { name: "Sign out" }).click();
  await page.page.locator("[name=password]").waitFor();
  await page.page.reload();
  await page.page.locator("[name=password]").waitFor();
  assert.equal(await page.left.root.count(), 0);
});

test("the page speaks Chinese to those who do", async () => {
  const page = await demo.open({ locale: "zh-CN" });
  await page.page.goto(page.url);
  await page.page.getByRole("button", { name: "登录", exact: true }).waitFor();
  assert.equal(await page.page.getAttribute("html", "lang"), "zh");
  page.assertQuiet();
});

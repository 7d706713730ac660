// Signing in and out, the conversation list, and error messages.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startDemo, sendMessages } from "./demo-page.mjs";

let demo;
before(async () => {
  demo = await startDemo();
  await demo.appRest.createUsers("alice", "bob", "mei", "joao");
  await sendMessages(demo.appRest, "alice", "mei", 3, 30);
  await sendMessages(demo.appRest, "alice", "bob", 2, 1);
  await sendMessages(demo.appRest, "alice", "joao", 1, 20 * 24 * 60);
});
after(() => demo?.stop());

const titles = (device) =>
  device.root.locator("[data-conversation]").evaluateAll((rows) => rows.map((row) => row.dataset.conversation));

test("both devices show the service's default list, and the whole list on request", async () => {
  const page = await demo.signedIn("alice");
  for (const device of [page.left, page.right]) {
    await device.waitForEvent("listLoaded");
    assert.deepEqual(await titles(device), ["bob", "mei"]);
    assert.match(await device.conversation("bob").innerText(), /message 1 from bob/);
    assert.match(await device.conversation("bob").locator(".badge").innerText(), /^1$/);
  }
  await page.left.part("load-all").click();
  await page.left.conversation("joao").waitFor();
  assert.deepEqual(await titles(page.left), ["bob", "mei", "joao"]);
  assert.deepEqual(await titles(page.right), ["bob", "mei"]);
  page.assertNoConsoleErrors();
});

test("a wrong password causes an error message, and the next attempt succeeds", async () => {
  const page = await demo.openPage();
  await page.signIn("alice", "wrong");
  const text = await page.errorText();
  assert.match(text, /Could not sign in/);
  assert.match(text, /Check the (user and the )?password/);
  assert.match(text, /\b(102|202) [A-Z_]+/);
  assert.ok(await page.page.locator("[name=password]").isVisible());
  await page.signIn("alice", "pw-alice");
  await page.left.waitForState("connected");
  page.assertNoConsoleErrors(/Failed to load resource.* 40\d/);
});

test("an unknown user causes an error message", async () => {
  const page = await demo.openPage();
  await page.signIn("nobody", "whatever");
  assert.match(await page.errorText(), /Check the user/);
});

test("a failed page of history causes an error message, and can be requested again", async () => {
  const page = await demo.signedIn("alice");
  await page.left.waitForEvent("listLoaded");
  await page.page.route("**/messageroaming", (route) => route.abort());
  await page.left.conversation("mei").click();
  const text = await page.errorText();
  assert.match(text, /Could not load messages/);
  assert.match(text, /\b(2|300|301) [A-Z_]+/);
  await page.page.unroute("**/messageroaming");
  await page.left.openConversation("mei");
  assert.equal((await page.left.ids()).length, 3);
  page.assertNoConsoleErrors(/Failed to load resource.*ERR_FAILED/);
});

test("a reload keeps the user signed in until they sign out", async () => {
  const page = await demo.signedIn("alice");
  await page.page.reload();
  await page.left.waitForState("connected");
  await page.page.getByRole("button", { name: "Sign out" }).click();
  await page.page.locator("[name=password]").waitFor();
  await page.page.reload();
  await page.page.locator("[name=password]").waitFor();
  assert.equal(await page.left.root.count(), 0);
});

test("the page is in Chinese if the browser prefers Chinese", async () => {
  const page = await demo.openPage({ locale: "zh-CN" });
  await page.page.goto(page.url);
  await page.page.getByRole("button", { name: "登录", exact: true }).waitFor();
  assert.equal(await page.page.getAttribute("html", "lang"), "zh");
  page.assertNoConsoleErrors();
});

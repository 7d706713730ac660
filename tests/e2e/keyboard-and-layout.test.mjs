// Keyboard operation, narrow screens, accessible names, and the Content-Security-Policy.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startDemo, sendMessages } from "./demo-page.mjs";

let demo;
let ids;
before(async () => {
  demo = await startDemo();
  await demo.appRest.createUsers("alice", "bob", "mei");
  ({ ids } = await sendMessages(demo.appRest, "alice", "bob", 20));
  await sendMessages(demo.appRest, "alice", "mei", 3, 60);
});
after(() => demo?.stop());

const focused = (page) =>
  page.page.evaluate(() => document.activeElement.dataset.id ?? document.activeElement.dataset.conversation);

test("lists, selection and removal work by keyboard", async () => {
  const page = await demo.signedIn("alice");
  const { left } = page;
  const press = (...keys) => keys.reduce((done, key) => done.then(() => page.page.keyboard.press(key)), Promise.resolve());
  await left.waitForEvent("listLoaded");
  await left.part("refresh").focus();
  await press("Tab");
  assert.equal(await focused(page), "bob");
  await press("ArrowDown");
  assert.equal(await focused(page), "mei");
  await press("ArrowUp", "Enter");
  await left.waitForMessages(ids);
  await page.page.waitForFunction((last) => document.activeElement.dataset.id === last, ids.at(-1));

  await press("ArrowUp", "Space", "Shift+ArrowUp", "Shift+ArrowUp");
  assert.equal(await left.part("selected-count").innerText(), "3 selected");
  await press("Escape");
  assert.equal(await left.part("selection-bar").isVisible(), false);
  assert.equal(await left.root.locator('.message[aria-selected="true"]').count(), 0);

  await press("Shift+ArrowUp");
  assert.equal(await left.part("selected-count").innerText(), "2 selected");
  const index = ids.indexOf(await focused(page));
  await press("Delete");
  await page.page.locator("dialog").waitFor();
  await press("Enter");
  await left.waitForMessages([...ids.slice(0, index), ...ids.slice(index + 2)]);
  await page.right.waitForEvent("messageRemoved", "2 messages");
  const next = await page.page.waitForFunction(() => document.activeElement.dataset.id).then((id) => id.jsonValue());
  assert.ok(ids.includes(next), "the focused message");
  page.assertNoConsoleErrors();
});

test("a narrow screen shows one pane of one device at a time", async () => {
  for (const width of [390, 320]) {
    const page = await demo.signedIn("alice", { viewport: { width, height: 844 }, hasTouch: true, isMobile: true });
    const { left, right } = page;
    const visible = (part) => left.part(part).isVisible();
    await left.conversation("bob").waitFor();
    assert.ok(await left.root.isVisible());
    assert.ok(!(await right.root.isVisible()));
    assert.deepEqual([await visible("conversations"), await visible("messages"), await visible("event-list")], [true, false, false]);
    await left.conversation("bob").tap();
    await left.root.locator(".message").first().waitFor();
    assert.deepEqual([await visible("conversations"), await visible("messages")], [false, true]);
    await left.part("select").tap();
    await left.root.locator(".message").last().tap();
    assert.equal(await left.part("selected-count").innerText(), "1 selected");
    const overflow = await page.page.evaluate((width) =>
      [...document.querySelectorAll("body *")].filter((element) => {
        const box = element.getBoundingClientRect();
        return box.width > 1 && box.right > width + 1 && element.checkVisibility();
      }).map((element) => element.outerHTML.slice(0, 120)), width);
    assert.deepEqual(overflow, [], `wider than ${width} px`);
    await left.part("end-selection").tap();
    await left.part("back").tap();
    assert.deepEqual([await visible("conversations"), await visible("messages")], [true, false]);
    await left.root.getByRole("button", { name: "Events" }).tap();
    assert.ok(await visible("event-list"));
    await page.page.getByRole("tab", { name: "Right" }).tap();
    assert.ok(await right.root.isVisible());
    assert.ok(!(await left.root.isVisible()));
    page.assertNoConsoleErrors();
  }
});

test("every control has an accessible name, and ids are unique", async () => {
  const page = await demo.signedIn("alice");
  await page.left.openConversation("bob");
  const nameless = await page.page.evaluate(() =>
    [...document.querySelectorAll("button, input, select, [role=listbox], [role=option], [role=log]")]
      .filter((element) => {
        const label = element.getAttribute("aria-label") ?? [...(element.labels ?? [])].map((label) => label.textContent).join("");
        return element.checkVisibility() && (label || element.textContent).trim() === "";
      })
      .map((element) => element.outerHTML.slice(0, 120)),
  );
  assert.deepEqual(nameless, []);
  const duplicates = await page.page.evaluate(() => {
    const all = [...document.querySelectorAll("[id]")].map(({ id }) => id);
    return all.filter((id, i) => all.indexOf(id) !== i);
  });
  assert.deepEqual(duplicates, []);
});

test("the page's Content-Security-Policy blocks inline scripts", async () => {
  const page = await demo.openPage();
  await page.page.goto(page.url);
  const policy = await page.page.getAttribute('meta[http-equiv="Content-Security-Policy"]', "content");
  assert.match(policy, /script-src 'self' 'wasm-unsafe-eval';/);
  assert.match(policy, /style-src 'self';/);
  const ran = await page.page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.inlineRan = true";
    document.body.append(script);
    return window.inlineRan ?? false;
  });
  assert.equal(ran, false);
});

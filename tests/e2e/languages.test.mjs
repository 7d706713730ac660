// English and Chinese: the language menu, and complete translations.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { startDemo, sendMessages } from "./demo-page.mjs";

const loadTexts = async (language) => {
  const source = await readFile(new URL(`../../www/js/texts/${language}.js`, import.meta.url));
  return (await import(`data:text/javascript;base64,${source.toString("base64")}`)).default;
};

let demo;
before(async () => {
  demo = await startDemo();
  await demo.appRest.createUsers("alice", "bob");
  await sendMessages(demo.appRest, "alice", "bob", 3);
});
after(() => demo?.stop());

test("both translations have the same keys and parameters", async () => {
  const [en, zh] = await Promise.all([loadTexts("en"), loadTexts("zh")]);
  const shape = (texts) =>
    Object.fromEntries(
      Object.entries(texts)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => [key, typeof value === "object" ? shape(value) : typeof value === "function" ? value.length : "text"]),
    );
  assert.deepEqual(shape(zh), shape(en));
  const texts = Object.values(zh).filter((value) => typeof value === "string");
  assert.deepEqual(texts.filter((text) => !/\p{Script=Han}/u.test(text)), [], "not translated");
});

/** Returns all visible texts and accessible names, except names and the content of messages. */
const visibleTexts = (page) =>
  page.evaluate(() => {
    const texts = [];
    const skip = ".message .body, .message .sender, .conversation-title, .conversation-preview, [data-part=title], option, .brand, .sample, code, .event-name, script, style, template, svg, time";
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const { parentElement, data } = walker.currentNode;
      if (data.trim() && !parentElement.closest(skip) && parentElement.checkVisibility()) texts.push(data.trim());
    }
    for (const element of document.querySelectorAll("[aria-label], button[title]")) {
      if (element.checkVisibility()) texts.push(element.getAttribute("aria-label") ?? element.title);
    }
    return [document.title, ...texts];
  });

/** Calls `check` with the texts of all views. */
async function checkAllViews(page, check) {
  check(await visibleTexts(page.page));
  await page.signIn("alice", "pw-alice");
  await page.left.waitForState("connected");
  await page.right.waitForState("connected");
  await page.left.openConversation("bob");
  check(await visibleTexts(page.page));
  await page.left.part("select").click();
  await page.left.root.locator(".message").first().click();
  for (const name of ["jump-date", "remove-up-to", "delete-conversation", "remove-selected"]) {
    await page.left.part(name).click();
    await page.page.locator("dialog").waitFor();
    check(await visibleTexts(page.page));
    await page.page.keyboard.press("Escape");
    await page.page.locator("dialog").waitFor({ state: "detached" });
  }
  await page.left.part("load-history").click();
  await page.left.waitForEvent("historyLoaded");
  await page.left.setNetwork(false);
  await page.left.waitForState("offline");
  await page.left.part("refresh").click();
  check(await visibleTexts(page.page));
}

test("the Chinese page has no English text", async () => {
  const page = await demo.openPage({ locale: "zh-CN" });
  await page.page.goto(page.url);
  assert.equal(await page.page.getAttribute("html", "lang"), "zh");
  // Names of users, of the project, and of keys.
  const names = /alice|Bob|Esc|Delete|Shift|RoamKit/g;
  await checkAllViews(page, (texts) => {
    assert.deepEqual(texts.filter((text) => /[A-Za-z]{2,}/.test(text.replaceAll(names, ""))), []);
  });
  page.assertNoConsoleErrors();
});

test("the English page has no Chinese text", async () => {
  const page = await demo.openPage({ locale: "en-GB" });
  await page.page.goto(page.url);
  await checkAllViews(page, (texts) => assert.deepEqual(texts.filter((text) => /\p{Script=Han}/u.test(text)), []));
  page.assertNoConsoleErrors();
});

test("the menu changes the language, and a reload keeps it", async () => {
  const page = await demo.signedIn("alice");
  const lang = () => page.page.getAttribute("html", "lang");
  assert.equal(await lang(), "en");
  await page.page.getByRole("combobox", { name: "Language" }).selectOption({ label: "中文" });
  await page.page.locator('html[lang="zh"]').waitFor();
  await page.left.waitForState("connected");
  assert.equal(await page.left.part("name").innerText(), "左侧设备");
  await page.page.reload();
  await page.left.waitForState("connected");
  assert.equal(await lang(), "zh");
  await page.page.getByRole("combobox", { name: "语言" }).selectOption({ label: "English" });
  await page.page.locator('html[lang="en"]').waitFor();
  await page.left.waitForState("connected");
  page.assertNoConsoleErrors();
});

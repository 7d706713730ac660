// English and Chinese: the switch, that it is remembered, and that no word was forgotten.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { startDemo, talk } from "./demo-page.mjs";

const wordsOf = async (language) => {
  const source = await readFile(new URL(`../../www/js/words/${language}.js`, import.meta.url));
  return (await import(`data:text/javascript;base64,${source.toString("base64")}`)).default;
};

let demo;
before(async () => {
  demo = await startDemo();
  await demo.rest.createUsers("alice", "bob");
  await talk(demo.rest, "alice", "bob", 3);
});
after(() => demo?.end());

test("both dictionaries have the same words, with the same holes to fill", async () => {
  const [en, zh] = await Promise.all([wordsOf("en"), wordsOf("zh")]);
  const shape = (words) =>
    Object.fromEntries(
      Object.entries(words)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => [key, typeof value === "object" ? shape(value) : typeof value === "function" ? value.length : "text"]),
    );
  assert.deepEqual(shape(zh), shape(en));
  const texts = Object.values(zh).filter((value) => typeof value === "string");
  assert.deepEqual(texts.filter((text) => !/\p{Script=Han}/u.test(text)), [], "left in English");
});

/** All that is shown or read out, but for what people wrote and names. */
const shown = (page) =>
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

async function everywhere(page, check) {
  check(await shown(page.page));
  await page.signIn("alice", "pw-alice");
  await page.left.state("connected");
  await page.right.state("connected");
  await page.left.open("bob");
  check(await shown(page.page));
  await page.left.part("select").click();
  await page.left.root.locator(".message").first().click();
  for (const name of ["jump-date", "remove-up-to", "delete-conversation", "remove-selected"]) {
    await page.left.part(name).click();
    await page.page.locator("dialog").waitFor();
    check(await shown(page.page));
    await page.page.keyboard.press("Escape");
    await page.page.locator("dialog").waitFor({ state: "detached" });
  }
  await page.left.part("load-history").click();
  await page.left.event("historyLoaded");
  await page.left.setNetwork(false);
  await page.left.state("offline");
  await page.left.part("refresh").click();
  check(await shown(page.page));
}

test("in Chinese nothing is English", async () => {
  const page = await demo.open({ locale: "zh-CN" });
  await page.page.goto(page.url);
  assert.equal(await page.page.getAttribute("html", "lang"), "zh");
  // Names, and keys as they are printed on the keyboard.
  const names = /alice|Bob|Esc|Delete|Shift|RoamKit/g;
  await everywhere(page, (texts) => {
    assert.deepEqual(texts.filter((text) => /[A-Za-z]{2,}/.test(text.replaceAll(names, ""))), []);
  });
  page.assertQuiet();
});

test("in English nothing is Chinese", async () => {
  const page = await demo.open({ locale: "en-GB" });
  await page.page.goto(page.url);
  await everywhere(page, (texts) => assert.deepEqual(texts.filter((text) => /\p{Script=Han}/u.test(text)), []));
  page.assertQuiet();
});

test("the switch changes the language, signed in or not, and is remembered", async () => {
  const page = await demo.signedIn("alice");
  const lang = () => page.page.getAttribute("html", "lang");
  assert.equal(await lang(), "en");
  await page.page.getByRole("combobox", { name: "Language" }).selectOption({ label: "中文" });
  await page.page.locator('html[lang="zh"]').waitFor();
  await page.left.state("connected");
  assert.equal(await page.left.part("name").innerText(), "左侧设备");
  await page.page.reload();
  await page.left.state("connected");
  assert.equal(await lang(), "zh");
  await page.page.getByRole("combobox", { name: "语言" }).selectOption({ label: "English" });
  await page.page.locator('html[lang="en"]').waitFor();
  await page.left.state("connected");
  page.assertQuiet();
});

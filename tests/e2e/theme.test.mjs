// Light and dark mode: the system's setting, unless the user chooses.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startDemo } from "./demo-page.mjs";

let demo;
before(async () => {
  demo = await startDemo();
});
after(() => demo?.stop());

/** The brightness of the page's background, from 0 to 255. */
const brightness = (page) =>
  page.page.evaluate(() => {
    const [red, green, blue] = getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number);
    return (red + green + blue) / 3;
  });

test("the theme follows the system", async () => {
  const page = await demo.openPage({ colorScheme: "light" });
  await page.page.goto(page.url);
  assert.ok((await brightness(page)) > 200);
  await page.page.locator('[aria-pressed="false"][data-part="theme"]').waitFor();
  await page.page.emulateMedia({ colorScheme: "dark" });
  await page.page.locator('[aria-pressed="true"][data-part="theme"]').waitFor();
  assert.ok((await brightness(page)) < 60);
  page.assertNoConsoleErrors();
});

test("the button overrides the system, and a reload applies the choice before the first frame", async () => {
  const page = await demo.openPage({ colorScheme: "light" });
  await page.page.goto(page.url);
  await page.page.getByRole("button", { name: "Dark mode" }).click();
  assert.ok((await brightness(page)) < 60);
  await page.page.addInitScript(() =>
    requestAnimationFrame(() => {
      window.atFirstFrame = document.documentElement.dataset.theme;
    }),
  );
  await page.page.reload();
  await page.page.locator('[aria-pressed="true"][data-part="theme"]').waitFor();
  assert.equal(await page.page.evaluate(() => window.atFirstFrame), "dark");
  assert.ok((await brightness(page)) < 60);
  await page.page.getByRole("button", { name: "Dark mode" }).click();
  assert.ok((await brightness(page)) > 200);
  page.assertNoConsoleErrors();
});

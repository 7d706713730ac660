// Takes the README's screenshots of the demo page. Run `cargo xtask demo --fresh` in one terminal, and then
// `node tests/tools/screenshot.mjs [url] [folder]` in another. The machine needs fonts for Chinese and emoji.

import { launchChromium, localContext } from "../support/chromium.mjs";

const [url = "http://127.0.0.1:8080", folder = "docs"] = process.argv.slice(2);
const DESKTOP = { viewport: { width: 1280, height: 800 } };
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 1, isMobile: true, hasTouch: true };

const browser = await launchChromium();
await takeScreenshot("demo", { ...DESKTOP, colorScheme: "light", locale: "en-GB" }, async ({ left, right }) => {
  await left.openConversation(1);
  await right.openConversation(0);
});
await takeScreenshot("demo-dark", { ...DESKTOP, colorScheme: "dark", locale: "zh-CN" }, async ({ left, right }) => {
  await left.openConversation(0);
  await left.part("select").click();
  for (const index of [-2, -3]) await left.root.locator(".message").nth(index).click();
  await right.openConversation(0);
  await right.part("network").click();
  await right.waitForState("offline");
});
await takeScreenshot("demo-phone", { ...PHONE, colorScheme: "light", locale: "en-GB" }, async ({ left }) => {
  await left.openConversation(1);
});
await browser.close();

/** Signs alice in, runs `act` on her two devices, and takes a screenshot. */
async function takeScreenshot(name, options, act) {
  const context = await localContext(browser, { reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  await page.goto(url);
  await page.locator("[name=user]").fill("alice");
  await page.locator("[name=password]").fill("roamkit");
  await page.locator('[data-part="submit"]').click();
  const devices = { left: device(page, "demo-left"), right: device(page, "demo-right") };
  for (const { root, waitForState } of Object.values(devices)) {
    await waitForState("connected");
    await root.locator('[data-event="listLoaded"]').waitFor({ state: "attached" });
  }
  await act(devices);
  await page.evaluate(() => document.activeElement?.blur());
  await page.screenshot({ path: `${folder}/${name}.png` });
  await context.close();
}

function device(page, id) {
  const root = page.locator(`#${id}`);
  return {
    root,
    part: (name) => root.locator(`[data-part="${name}"]`),
    waitForState: (state) => page.locator(`#${id}[data-state="${state}"]`).waitFor({ state: "attached" }),
    /** Opens the conversation with this index in the list. */
    async openConversation(index) {
      await root.locator("[data-conversation]").nth(index).click();
      await root.locator(".message").first().waitFor();
    },
  };
}

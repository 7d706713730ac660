// Takes the README's pictures of the demo: `cargo xtask demo --fresh` in one terminal, then here
// `node tests/tools/screenshot.mjs [address] [folder]`. The machine needs fonts for Chinese and emoji.

import { launchChromium, localContext } from "../support/chromium.mjs";

const [address = "http://127.0.0.1:8080", folder = "docs"] = process.argv.slice(2);
const DESKTOP = { viewport: { width: 1280, height: 800 } };
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 1, isMobile: true, hasTouch: true };

const browser = await launchChromium();
await picture("demo", { ...DESKTOP, colorScheme: "light", locale: "en-GB" }, async ({ left, right }) => {
  await left.open(1);
  await right.open(0);
});
await picture("demo-dark", { ...DESKTOP, colorScheme: "dark", locale: "zh-CN" }, async ({ left, right }) => {
  await left.open(0);
  await left.part("select").click();
  for (const at of [-2, -3]) await left.root.locator(".message").nth(at).click();
  await right.open(0);
  await right.part("network").click();
  await right.state("offline");
});
await picture("demo-phone", { ...PHONE, colorScheme: "light", locale: "en-GB" }, async ({ left }) => {
  await left.open(1);
});
await browser.close();

/** A picture of alice's two devices, after `act` did something with them. */
async function picture(name, options, act) {
  const context = await localContext(browser, { reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  await page.goto(address);
  await page.locator("[name=user]").fill("alice");
  await page.locator("[name=password]").fill("roamkit");
  await page.locator('[data-part="submit"]').click();
  const devices = { left: device(page, "demo-left"), right: device(page, "demo-right") };
  for (const { root, state } of Object.values(devices)) {
    await state("connected");
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
    state: (state) => page.locator(`#${id}[data-state="${state}"]`).waitFor({ state: "attached" }),
    /** Opens the conversation at that place of the list. */
    async open(at) {
      await root.locator("[data-conversation]").nth(at).click();
      await root.locator(".message").first().waitFor();
    },
  };
}

// Takes the README's picture of the demo: `cargo xtask demo` in one terminal, then here
// `node tests/tools/screenshot.mjs [address] [folder]`.

import { launchChromium, localContext } from "../support/chromium.mjs";

const [address = "http://127.0.0.1:8080", folder = "docs"] = process.argv.slice(2);
const browser = await launchChromium();
for (const [name, width, height, colorScheme] of [
  ["demo", 1280, 800, "light"],
  ["demo-dark", 1280, 800, "dark"],
  ["demo-phone", 390, 844, "light"],
  ["demo-phone-dark", 390, 844, "dark"],
]) {
  const context = await localContext(browser, { viewport: { width, height }, colorScheme, locale: "en-GB" });
  const page = await context.newPage();
  await page.goto(address);
  await page.locator("[name=user]").fill("alice");
  await page.locator("[name=password]").fill("roamkit");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  for (const [device, at] of [["demo-left", 1], ["demo-right", 0]]) {
    if (width < 600 && device !== "demo-left") continue;
    await page.locator(`#${device}[data-state="connected"]`).waitFor();
    await page.locator(`#${device} [data-conversation]`).nth(at).click();
    await page.locator(`#${device} .message`).first().waitFor();
  }
  await page.evaluate(() => document.activeElement?.blur());
  await page.screenshot({ path: `${folder}/${name}.png` });
  await context.close();
}
await browser.close();

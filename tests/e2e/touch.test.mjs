// Touch input on a phone: a long press selects, a moving finger scrolls.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startDemo, sendMessages } from "./demo-page.mjs";

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

let demo;
let ids;
before(async () => {
  demo = await startDemo();
  await demo.appRest.createUsers("alice", "bob");
  ({ ids } = await sendMessages(demo.appRest, "alice", "bob", 40));
});
after(() => demo?.stop());

async function onPhone() {
  const page = await demo.signedIn("alice", PHONE);
  await page.left.conversation("bob").tap();
  await page.left.message(ids.at(-1)).waitFor();
  const touch = await page.page.context().newCDPSession(page.page);
  const send = (type, points) => touch.send("Input.dispatchTouchEvent", { type, touchPoints: points });
  const middle = async (id) => {
    const { x, y, width, height } = await page.left.message(id).boundingBox();
    return { x: x + width / 2, y: y + height / 2 };
  };
  return { page, left: page.left, send, middle };
}

test("a long press selects a message, taps select more, and a dialog confirms the removal", async () => {
  const { page, left, send, middle } = await onPhone();
  await send("touchStart", [await middle(ids.at(-1))]);
  await left.part("selection-bar").waitFor();
  assert.equal(await left.part("selected-count").innerText(), "1 selected");
  await send("touchEnd", []);
  assert.equal(await left.part("selected-count").innerText(), "1 selected", "the end of the long press counted as a tap");
  await left.message(ids.at(-2)).tap();
  await left.message(ids.at(-3)).tap();
  await left.message(ids.at(-2)).tap();
  assert.equal(await left.part("selected-count").innerText(), "2 selected");
  const gone = [ids.at(-1), ids.at(-3)];
  await left.part("remove-selected").tap();
  await page.page.locator("dialog").getByRole("button", { name: "Remove" }).tap();
  for (const id of gone) await left.message(id).waitFor({ state: "detached" });
  ids = ids.filter((id) => !gone.includes(id));
  assert.equal((await left.ids()).at(-1), ids.at(-1));
  await left.part("selection-bar").waitFor({ state: "hidden" });
  page.assertNoConsoleErrors();
});

test("a moving finger scrolls and selects nothing", async () => {
  const { page, left, send, middle } = await onPhone();
  const from = await middle(ids.at(-2));
  const before = await left.scroller.evaluate(({ scrollTop }) => scrollTop);
  await send("touchStart", [from]);
  for (let step = 1; step <= 10; step += 1) await send("touchMove", [{ x: from.x, y: from.y + step * 20 }]);
  await page.page.waitForFunction(
    ([device, before]) => document.querySelector(`#${device} [data-part="scroller"]`).scrollTop < before - 50,
    [left.id, before],
  );
  // Longer than a long press takes.
  await page.page.waitForTimeout(700);
  assert.equal(await left.part("selection-bar").isVisible(), false);
  await send("touchEnd", []);
  assert.equal(await left.part("selection-bar").isVisible(), false);
  page.assertNoConsoleErrors();
});

test("a short tap selects nothing", async () => {
  const { page, left } = await onPhone();
  await left.message(ids.at(-1)).tap();
  assert.equal(await left.part("selection-bar").isVisible(), false);
  page.assertNoConsoleErrors();
});

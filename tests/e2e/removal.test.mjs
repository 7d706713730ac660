// Removals on one device, and their effect on the other device.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startDemo, sendMessages } from "./demo-page.mjs";

let demo;
before(async () => {
  demo = await startDemo();
});
after(() => demo?.stop());

/** Creates two users with messages, signs the first one in, and opens the conversation on both devices. */
async function openTestConversation(name, count = 12) {
  const [user, peer] = [`${name}-user`, `${name}-peer`];
  await demo.appRest.createUsers(user, peer);
  const { ids, times } = await sendMessages(demo.appRest, user, peer, count, 5);
  const page = await demo.signedIn(user);
  await page.left.openConversation(peer);
  await page.right.openConversation(peer);
  await page.left.waitForMessages(ids);
  await page.right.waitForMessages(ids);
  return { page, user, peer, ids, times };
}

test("selected messages disappear from both devices, also after a reload", async () => {
  const { page, user, peer, ids } = await openTestConversation("ids");
  const gone = [ids[3], ids[4], ids[8]];
  const rest = ids.filter((id) => !gone.includes(id));
  await page.left.part("select").click();
  for (const id of gone) await page.left.message(id).click();
  assert.equal(await page.left.part("selected-count").innerText(), "3 selected");
  await page.left.part("remove-selected").click();
  await page.answer("Remove");
  await page.left.waitForMessages(rest);
  await page.right.waitForEvent("messageRemoved", "3 messages of Ids-peer removed on the left device");
  await page.right.waitForMessages(rest);
  assert.equal(await page.left.root.locator('[data-event="messageRemoved"]').count(), 0, "events of the device's own removal");

  await page.right.setNetwork(false);
  await page.right.waitForState("offline");
  await page.page.reload();
  await page.left.waitForState("connected");
  for (const device of [page.left, page.right]) {
    await device.openConversation(peer);
    await device.waitForMessages(rest);
  }
  // The other user still has the messages.
  const other = await demo.signedIn(peer);
  await other.left.openConversation(user);
  await other.left.waitForMessages(ids);
  page.assertNoConsoleErrors();
  other.assertNoConsoleErrors();
});

test("cancelling removes nothing", async () => {
  const { page, ids } = await openTestConversation("cancel", 4);
  await page.left.message(ids[1]).focus();
  await page.page.keyboard.press("Delete");
  await page.answer("Cancel");
  await page.left.message(ids[2]).focus();
  await page.page.keyboard.press("Delete");
  await page.page.keyboard.press("Escape");
  await page.left.waitForMessages(ids);
});

test("all messages up to a selected one are removed, that one included", async () => {
  const { page, ids } = await openTestConversation("upto");
  await page.left.part("select").click();
  await page.left.message(ids[7]).click();
  await page.left.part("remove-up-to-selected").click();
  await page.answer("Remove");
  await page.left.waitForMessages(ids.slice(8));
  await page.right.waitForEvent("messageRemoved", "Everything of Upto-peer up to");
  await page.right.waitForMessages(ids.slice(8));
  page.assertNoConsoleErrors();
});

test("all messages up to an entered time are removed", async () => {
  const { page, ids, times } = await openTestConversation("time");
  await page.left.part("remove-up-to").click();
  await page.page.locator("dialog input").fill(await page.inputTime(times[4] + 1));
  await page.answer("Remove");
  await page.left.waitForMessages(ids.slice(5));
  await page.right.waitForMessages(ids.slice(5));
});

test("at most fifty messages can be selected, and fifty can be removed at once", async () => {
  const { page, user, peer, ids } = await openTestConversation("fifty", 50);
  for (let i = 0; i < 5; i += 1) ids.push(await demo.appRest.sendText(peer, user, `more ${i}`));
  await page.left.waitForMessages(ids);
  await page.left.message(ids[0]).focus();
  await page.page.keyboard.press("Space");
  await page.left.message(ids.at(-1)).click({ modifiers: ["Shift"] });
  await page.left.part("notices").getByText("At most 50 messages at once.").waitFor();
  assert.equal(await page.left.part("selected-count").innerText(), "50 selected");
  await page.left.part("remove-selected").click();
  await page.answer("Remove");
  await page.left.waitForMessages(ids.slice(50));
  await page.right.waitForMessages(ids.slice(50));
  page.assertNoConsoleErrors();
});

for (const withHistory of [false, true]) {
  test(`a deleted conversation disappears from both lists and reappears ${withHistory ? "without" : "with"} its history`, async () => {
    const { page, user, peer, ids } = await openTestConversation(withHistory ? "all" : "list", 6);
    await page.left.part("delete-conversation").click();
    if (withHistory) await page.page.locator("dialog input[name=history]").check();
    await page.answer("Delete");
    await page.left.conversation(peer).waitFor({ state: "detached" });
    await page.right.waitForEvent("conversationDeleted", "deleted on the left device");
    await page.right.conversation(peer).waitFor({ state: "detached" });
    assert.equal(await page.right.root.locator(".message:visible").count(), 0);

    const next = await demo.appRest.sendText(peer, user, "are you there?");
    for (const device of [page.left, page.right]) {
      await device.conversation(peer).waitFor();
      await device.openConversation(peer);
      await device.waitForMessages(withHistory ? [next] : [...ids, next]);
    }
    page.assertNoConsoleErrors();
  });
}

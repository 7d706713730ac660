// Removing on one device, and what the other device does about it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startDemo, talk } from "./demo-page.mjs";

let demo;
before(async () => {
  demo = await startDemo();
});
after(() => demo?.end());

/** Two users of their own and a talk between them, open on both devices of the first. */
async function talking(name, count = 12) {
  const [user, peer] = [`${name}-user`, `${name}-peer`];
  await demo.rest.createUsers(user, peer);
  const { ids, times } = await talk(demo.rest, user, peer, count, 5);
  const page = await demo.signedIn(user);
  await page.left.open(peer);
  await page.right.open(peer);
  await page.left.shows(ids);
  await page.right.shows(ids);
  return { page, user, peer, ids, times };
}

test("selected messages leave both devices, and stay away after a reload", async () => {
  const { page, user, peer, ids } = await talking("ids");
  const gone = [ids[3], ids[4], ids[8]];
  const rest = ids.filter((id) => !gone.includes(id));
  await page.left.part("select").click();
  for (const id of gone) await page.left.message(id).click();
  assert.equal(await page.left.part("selected-count").innerText(), "3 selected");
  await page.left.part("remove-selected").click();
  await page.answer("Remove");
  await page.left.shows(rest);
  await page.right.event("messageRemoved", "3 messages of Ids-peer removed on the left device");
  await page.right.shows(rest);
  assert.equal(await page.left.root.locator('[data-event="messageRemoved"]').count(), 0, "a device's own removal came back to it");

  await page.right.setNetwork(false);
  await page.right.state("offline");
  await page.page.reload();
  await page.left.state("connected");
  for (const device of [page.left, page.right]) {
    await device.open(peer);
    await device.shows(rest);
  }
  // The other user keeps them.
  const other = await demo.signedIn(peer);
  await other.left.open(user);
  await other.left.shows(ids);
  page.assertQuiet();
  other.assertQuiet();
});

test("cancelling removes nothing", async () => {
  const { page, ids } = await talking("cancel", 4);
  await page.left.message(ids[1]).focus();
  await page.page.keyboard.press("Delete");
  await page.answer("Cancel");
  await page.left.message(ids[2]).focus();
  await page.page.keyboard.press("Delete");
  await page.page.keyboard.press("Escape");
  await page.left.shows(ids);
});

test("everything up to a selected message goes, that message included", async () => {
  const { page, ids } = await talking("upto");
  await page.left.part("select").click();
  await page.left.message(ids[7]).click();
  await page.left.part("remove-up-to-selected").click();
  await page.answer("Remove");
  await page.left.shows(ids.slice(8));
  await page.right.event("messageRemoved", "Everything of Upto-peer up to");
  await page.right.shows(ids.slice(8));
  page.assertQuiet();
});

test("everything up to a typed time goes", async () => {
  const { page, ids, times } = await talking("time");
  await page.left.part("remove-up-to").click();
  await page.page.locator("dialog input").fill(await page.inputTime(times[4] + 1));
  await page.answer("Remove");
  await page.left.shows(ids.slice(5));
  await page.right.shows(ids.slice(5));
});

test("at most fifty messages can be selected, and fifty can be removed at once", async () => {
  const { page, ids } = await talking("fifty", 50).then(async (talk) => {
    const more = [];
    for (let at = 0; at < 5; at += 1) more.push(await demo.rest.sendText(talk.peer, talk.user, `more ${at}`));
    await talk.page.left.shows([...talk.ids, ...more]);
    return { ...talk, ids: [...talk.ids, ...more] };
  });
  await page.left.message(ids[0]).focus();
  await page.page.keyboard.press("Space");
  await page.left.message(ids.at(-1)).click({ modifiers: ["Shift"] });
  await page.left.part("notices").getByText("At most 50 messages at once.").waitFor();
  assert.equal(await page.left.part("selected-count").innerText(), "50 selected");
  await page.left.part("remove-selected").click();
  await page.answer("Remove");
  await page.left.shows(ids.slice(50));
  await page.right.shows(ids.slice(50));
  page.assertQuiet();
});

for (const withHistory of [false, true]) {
  test(`a deleted conversation leaves both lists and comes back ${withHistory ? "without" : "with"} its history`, async () => {
    const { page, user, peer, ids } = await talking(withHistory ? "all" : "list", 6);
    await page.left.part("delete-conversation").click();
    if (withHistory) await page.page.locator("dialog input[name=history]").check();
    await page.answer("Delete");
    await page.left.conversation(peer).waitFor({ state: "detached" });
    await page.right.event("conversationDeleted", "deleted on the left device");
    await page.right.conversation(peer).waitFor({ state: "detached" });
    assert.equal(await page.right.root.locator(".message:visible").count(), 0);

    const next = await demo.rest.sendText(peer, user, "are you there?");
    for (const device of [page.left, page.right]) {
      await device.conversation(peer).waitFor();
      await device.open(peer);
      await device.shows(withHistory ? [next] : [...ids, next]);
    }
    page.assertQuiet();
  });
}

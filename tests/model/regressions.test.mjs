// Regression tests: the shortest sequences of calls that once broke a promise of the local copy.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { startChromium } from "../support/chromium.mjs";
import { Random } from "../support/random.mjs";
import { waitUntil, withTimeout } from "../support/wait.mjs";
import { DeviceSnapshot, checkReading } from "./checks.mjs";
import { Fixture } from "./fixture.mjs";

const oneFullPage = () => ({ pageSize: 50, searchDirection: "up" });
const HISTORY = ["POST", /\/messageroaming$/];
const LIST = ["GET", /\/user_channels\/list/];
const REMOVAL = ["DELETE", /\/message\/roaming\//];
const DELETION = ["DELETE", /\/user_channel\?/];

/** Defines a test. Bob has sent three messages before any device exists. `tabs` is the number of tabs on each device. */
function regression(title, tabs, run) {
  it(title, { timeout: 60_000 }, async () => {
    const fixture = await Fixture.open();
    try {
      fixture.random = new Random(1);
      const [bob] = fixture.conversations;
      for (const text of ["one", "two", "three"]) await fixture.send(bob, "bob", "txt", text);
      await fixture.ignoreUnsettled();
      const old = fixture.serverState.visible(bob);
      const opened = [];
      for (const [i, count] of tabs.entries()) {
        const device = await fixture.device("ab"[i]);
        for (let tab = 0; tab < count; tab += 1) {
          opened.push(await device.openTab());
          await opened.at(-1).login();
        }
      }
      await run(fixture, bob, old, ...opened);
    } finally {
      await fixture.close();
    }
  });
}

/** Makes a call and holds its answer back. Returns a function that releases the answer and waits for the call's outcome. */
async function delayedCall(tab, match, method, options) {
  const held = tab.device.network.hold(...match);
  const finish = await tab.startCall(method, options);
  await withTimeout(held.answered, `the answer to ${method}`);
  return () => {
    held.release();
    return finish();
  };
}

const unreadIn = (list, { conversationId }) => list.find((listed) => listed.conversationId === conversationId)?.unreadCount;

/** The unread count of a conversation in a tab's copy. */
const unreadCopy = async (tab, conversation) => unreadIn((await tab.read([])).conversations, conversation);

/** Collects the events `conversationRead` of a tab's device. */
function readsOn(tab) {
  const heard = [];
  tab.device.onReport = (name, value) => {
    if (name === "conversationRead") heard.push(value.conversationId);
  };
  return heard;
}

/** Waits until the server's unread count of a conversation is `count`, and that of the tab's copy, too. */
async function settleUnread(fixture, tab, conversation, count) {
  const server = async () => unreadIn(await fixture.userRest.conversations(true), conversation);
  await waitUntil(`${count} unread messages on the server`, async () => (await server()) === count);
  await waitUntil(`${count} unread messages in the copy of ${tab}`, async () => (await unreadCopy(tab, conversation)) === count);
}

/** Waits until a tab's copy has the server's unread count of a conversation, which must be `count`. */
async function waitForUnread(fixture, tab, conversation, count) {
  const server = unreadIn(await fixture.userRest.conversations(true), conversation);
  if (server !== count) throw new Error(`the server counts ${server} unread messages, not ${count}`);
  await settleUnread(fixture, tab, conversation, count);
}

/** Settles the devices and checks that each tab's copy equals the server's state. */
async function settleAndCheck(fixture, ...tabs) {
  await fixture.settle();
  for (const tab of tabs) {
    const requests = fixture.conversations.map((conversation) => ({ conversation, walk: oneFullPage() }));
    checkReading(new DeviceSnapshot(tab.device, true), requests, await tab.read(requests), `${tab}`);
  }
}

describe("the local copy keeps its promises after", () => {
  regression("a page that was requested before an edit", [1], async (fixture, bob, old, tab) => {
    const official = await fixture.officialClient("bob");
    const deliver = await delayedCall(tab, HISTORY, "fetchHistoryMessages", bob);
    await official.edit(old[1].id, { type: "txt", chatType: "singleChat", to: fixture.user, msg: "edited" });
    fixture.serverState.edited.add(old[1].id);
    fixture.serverState.invalidate(bob);
    await fixture.settle();
    await deliver();
    await settleAndCheck(fixture, tab);
  });

  regression("a live message that sorts before the newest message of a delayed page", [1], async (fixture, bob, old, tab) => {
    await tab.call("fetchHistoryMessages", bob);
    await fixture.settle();
    const deliver = await delayedCall(tab, HISTORY, "fetchHistoryMessages", bob);
    await fixture.send(bob, "bob", "txt", "with an old time", { msg_timestamp: old[0].timestamp });
    await fixture.settle();
    await deliver();
    await settleAndCheck(fixture, tab);
  });

  regression("a page that was requested before another device deleted the conversation", [1, 1], async (fixture, bob, old, a, b) => {
    const deliver = await delayedCall(b, HISTORY, "fetchHistoryMessages", bob);
    const run = () => a.call("deleteConversationFromServer", { ...bob, isDeleteServerMessages: true });
    await fixture.recordDeletion("a", [bob], true, run);
    await fixture.settle();
    await deliver();
    await settleAndCheck(fixture, a, b);
  });

  regression("a page that was requested before this device deleted the conversation", [1], async (fixture, bob, old, tab) => {
    const deliver = await delayedCall(tab, HISTORY, "fetchHistoryMessages", bob);
    const run = () => tab.call("deleteConversationFromServer", { ...bob, isDeleteServerMessages: true });
    await fixture.recordDeletion("a", [bob], true, run);
    await deliver();
    await settleAndCheck(fixture, tab);
  });

  regression("a list that was requested before this device deleted the conversation", [1], async (fixture, bob, old, tab) => {
    const deliver = await delayedCall(tab, LIST, "fetchConversationsFromServer", { pageSize: 50 });
    const run = () => tab.call("deleteConversationFromServer", { ...bob, isDeleteServerMessages: true });
    await fixture.recordDeletion("a", [bob], true, run);
    await deliver();
    const { conversations } = await tab.read([]);
    if (conversations.length > 0) throw new Error(`the list shows ${JSON.stringify(conversations)}`);
  });

  regression("a removal whose answer was lost by a reload", [1], async (fixture, bob, old, tab) => {
    await tab.call("fetchHistoryMessages", bob);
    await delayedCall(tab, REMOVAL, "removeMessagesFromServer", { ...bob, msgIdList: [old[1].id] });
    fixture.serverState.invalidate(bob);
    await tab.reload();
    await tab.login();
    await settleAndCheck(fixture, tab);
  });

  regression("a message that was sent while the answer to a removal up to a future time was delayed", [1], async (fixture, bob, old, tab) => {
    await tab.call("fetchHistoryMessages", bob);
    const deliver = await delayedCall(tab, REMOVAL, "removeMessagesFromServer", { ...bob, time: Date.now() + 3_600_000 });
    await fixture.nextMillisecond();
    const id = await fixture.send(bob, "bob", "txt", "sent after the removal");
    await tab.device.waitUntil("the message", () => tab.device.receivedAt.has(id));
    await deliver();
    await fixture.fetchAndCheckAll(tab, oneFullPage);
  });

  regression("a message that was sent while the answer to a deletion was delayed", [1], async (fixture, bob, old, tab) => {
    const deliver = await delayedCall(tab, DELETION, "deleteConversationFromServer", { ...bob, isDeleteServerMessages: false });
    fixture.serverState.invalidate(bob);
    await fixture.settle();
    const last = await fixture.send(bob, "bob", "txt", "back again");
    await tab.device.waitUntil("the message", () => tab.device.receivedAt.has(last));
    await deliver();
    const { conversations } = await tab.read([]);
    const listed = conversations.find(({ conversationId }) => conversationId === "bob");
    if (listed?.last?.id !== last) throw new Error(`the list shows ${JSON.stringify(listed)}`);
  });

  regression("a message with an old time that was sent after a removal up to a later time", [1], async (fixture, bob, old, tab) => {
    await tab.call("removeMessagesFromServer", { ...bob, time: old[1].timestamp });
    await fixture.send(bob, "bob", "txt", "with an old time", { msg_timestamp: old[0].timestamp });
    await fixture.settle();
    await fixture.fetchAndCheckAll(tab, oneFullPage);
  });

  regression("a live message with an old time in a conversation that was never fetched", [1], async (fixture, bob, old, tab) => {
    const id = await fixture.send(bob, "bob", "txt", "with an old time", { msg_timestamp: old[1].timestamp });
    await tab.device.waitUntil("the message", () => tab.device.receivedAt.has(id));
    await fixture.check(oneFullPage);
  });

  regression("a walk through the list whose first page changed the order", [1], async (fixture, bob, old, tab) => {
    const [, carol, dave] = fixture.conversations;
    const id = await fixture.send(carol, "carol", "txt", "to be removed");
    await fixture.send(dave, "dave", "txt", "stays");
    await fixture.settle();
    await tab.call("removeMessagesFromServer", { ...carol, time: Date.now() });
    fixture.serverState.invalidate(carol);
    // No device of the sender hears of a message that a backend sends in the user's name, so the first page changes the list.
    await fixture.appRest.sendText(fixture.user, "dave", "sent by a backend");
    fixture.serverState.invalidate(dave);
    let cursor;
    do {
      ({ cursor } = await tab.call("fetchConversationsFromServer", { pageSize: 1, ...(cursor && { cursor }) }));
    } while (cursor);
    const { conversations } = await tab.read([]);
    if (conversations.some(({ conversationId }) => conversationId === "carol")) throw new Error(`carol is listed, although ${id} was her last message`);
  });

  regression("a list that arrived in one tab after a live message in the other", [2], async (fixture, bob, old, one, two) => {
    const [, , dave] = fixture.conversations;
    const deliveries = [await delayedCall(one, LIST, "fetchConversationsFromServer", { pageSize: 50 }), await delayedCall(two, LIST, "fetchConversationsFromServer", { pageSize: 50 })];
    const id = await fixture.send(dave, "dave", "txt", "a live message");
    await one.device.waitUntil("the message", () => one.device.receivedAt.has(id));
    for (const deliver of deliveries) await deliver();
    const { conversations } = await one.read([]);
    const listed = conversations.find(({ conversationId }) => conversationId === "dave");
    if (listed?.last?.id !== id) throw new Error(`the list shows ${JSON.stringify(conversations)}`);
  });

  regression("the recall of a message that had brought a deleted conversation back", [1], async (fixture, bob, old, tab) => {
    await tab.call("fetchConversationsFromServer");
    const run = () => tab.call("deleteConversationFromServer", { ...bob, isDeleteServerMessages: false });
    await fixture.recordDeletion("a", [bob], false, run);
    const id = await fixture.send(bob, "bob", "txt", "back again");
    await tab.device.waitUntil("the message", () => tab.device.receivedAt.has(id));
    await fixture.appRest.call("POST", "/messages/msg_recall", { msg_id: id, force: true });
    await sleep(500);
    await tab.call("fetchConversationsFromServer", { pageSize: 50 });
    const { conversations } = await tab.read([]);
    const listed = conversations.find(({ conversationId }) => conversationId === "bob");
    if (listed?.last?.id !== old[2].id) throw new Error(`the list shows ${JSON.stringify(conversations)}`);
  });

  regression("a conversation that was read on another device, with the official client", [2], async (fixture, bob, old, one, two) => {
    const [, , , group] = fixture.conversations;
    await one.call("fetchConversationsFromServer", { pageSize: 50 });
    const inGroup = await fixture.send(group, fixture.peers[0], "txt", "in the group");
    const single = await fixture.send(bob, "bob", "txt", "to the user");
    await one.device.waitUntil("the messages", () => [inGroup, single].every((id) => one.device.receivedAt.has(id)));
    await waitForUnread(fixture, one, bob, 4);
    const official = await fixture.officialClient(fixture.user);
    await official.send({ type: "channel", chatType: "singleChat", to: "bob" });
    await waitForUnread(fixture, one, bob, 0);
    await waitForUnread(fixture, two, bob, 0);
    await official.send({ type: "channel", chatType: "groupChat", to: group.conversationId });
    await waitForUnread(fixture, one, group, 0);
    const later = await fixture.send(bob, "bob", "txt", "after that");
    await one.device.waitUntil("the message", () => one.device.receivedAt.has(later));
    await waitForUnread(fixture, one, bob, 1);
  });

  regression("a conversation that is marked as read", [2, 1], async (fixture, bob, old, leader, follower, other) => {
    const [, , , group] = fixture.conversations;
    await fixture.send(group, fixture.peers[0], "txt", "in the group");
    for (const tab of [leader, other]) await tab.call("fetchConversationsFromServer", { pageSize: 50 });
    const heard = readsOn(other);
    for (const [tab, conversation] of [[leader, bob], [follower, group]]) {
      await tab.call("markConversationAsRead", conversation);
      for (const one of [leader, follower, other]) await settleUnread(fixture, one, conversation, 0);
    }
    await waitUntil("both events", () => heard.length === 2);
    const later = await fixture.send(bob, "bob", "txt", "after that");
    await other.device.waitUntil("the message", () => other.device.receivedAt.has(later));
    for (const one of [leader, follower, other]) await settleUnread(fixture, one, bob, 1);
  });

  regression("a conversation that was marked as read offline, before the browser was closed", [1], async (fixture, bob, old, other) => {
    const profile = await mkdtemp(join(tmpdir(), "roamkit-"));
    let browser = await startChromium(profile);
    try {
      const device = await fixture.device("b", browser.context);
      const tabs = [await device.openTab(), await device.openTab()];
      for (const tab of tabs) await tab.login();
      await tabs[0].call("fetchConversationsFromServer", { pageSize: 50 });
      const heard = readsOn(other);
      device.network.online = false;
      await waitUntil("the loss of the session", async () => !(await tabs[1].isConnected()));
      await tabs[1].call("markConversationAsRead", bob);
      await waitUntil("the count in the other tab", async () => (await unreadCopy(tabs[0], bob)) === 0);
      await browser.kill();
      for (const tab of device.tabs.splice(0)) tab.markUnloaded();
      const later = await fixture.send(bob, "bob", "txt", "while the browser is closed");

      browser = await startChromium(profile);
      device.context = browser.context;
      device.network.online = true;
      const tab = await device.openTab();
      if ((await unreadCopy(tab, bob)) !== 0) throw new Error("the read was lost");
      await tab.login();
      await waitUntil("the event on the other device", () => heard.length === 1);
      await device.waitUntil("the message", () => device.receivedAt.has(later));
      for (const one of [tab, other]) await settleUnread(fixture, one, bob, 1);
      await tab.call("markConversationAsRead", bob);
      for (const one of [tab, other]) await settleUnread(fixture, one, bob, 0);
    } finally {
      await browser.kill();
      await rm(profile, { recursive: true, force: true });
    }
  });

  regression("unread messages that are recalled, or removed here and elsewhere", [1], async (fixture, bob, old, tab) => {
    await tab.call("fetchConversationsFromServer", { pageSize: 50 });
    await tab.call("fetchHistoryMessages", { ...bob, pageSize: 50 });
    await waitForUnread(fixture, tab, bob, 3);
    await fixture.appRest.call("POST", "/messages/msg_recall", { msg_id: old[1].id, force: true });
    await waitForUnread(fixture, tab, bob, 2);
    await tab.call("removeMessagesFromServer", { ...bob, msgIdList: [old[0].id] });
    await waitForUnread(fixture, tab, bob, 1);
    await fixture.userRest.remove("elsewhere", bob, { time: old[2].timestamp });
    await waitForUnread(fixture, tab, bob, 0);
  });

  regression("a removal of unread messages that this device never fetched", [1], async (fixture, bob, old, tab) => {
    await tab.call("fetchConversationsFromServer", { pageSize: 50 });
    await waitForUnread(fixture, tab, bob, 3);
    await tab.call("removeMessagesFromServer", { ...bob, msgIdList: [old[0].id] });
    await waitForUnread(fixture, tab, bob, 2);
    await fixture.userRest.remove("elsewhere", bob, { msgIdList: [old[1].id] });
    await waitForUnread(fixture, tab, bob, 1);
  });

  regression("a list on its way while a message of a conversation arrives that the copy does not know", [1], async (fixture, bob, old, tab) => {
    const deliver = await delayedCall(tab, LIST, "fetchConversationsFromServer", { pageSize: 50 });
    const id = await fixture.send(bob, "bob", "txt", "four");
    await tab.device.waitUntil("the message", () => tab.device.receivedAt.has(id));
    await deliver();
    await waitForUnread(fixture, tab, bob, 4);
  });
});

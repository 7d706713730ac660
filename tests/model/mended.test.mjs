// Cases in which the copy once broke its promises, each by the shortest way to it.

import { describe, it } from "node:test";

import { within } from "./device.mjs";
import { Lag, checkReading } from "./promises.mjs";
import { Random } from "./random.mjs";
import { World } from "./world.mjs";

const ONE_PAGE = () => ({ pageSize: 50, searchDirection: "up" });
const HISTORY = ["POST", /\/messageroaming$/];
const LIST = ["GET", /\/user_channels\/list/];
const REMOVAL = ["DELETE", /\/message\/roaming\//];
const DELETION = ["DELETE", /\/user_channel\?/];

/** A test with three messages that Bob sent before any device was there; `tabs`: how many on each device. */
function mended(title, tabs, run) {
  it(title, { timeout: 60_000 }, async () => {
    const world = await World.open();
    try {
      world.random = new Random(1);
      const [bob] = world.conversations;
      for (const text of ["one", "two", "three"]) await world.send(bob, "bob", "txt", text);
      await world.truth.refresh();
      const old = world.truth.visible(bob);
      world.truth.fresh.clear();
      const opened = [];
      for (const [at, count] of tabs.entries()) {
        const device = await world.device("ab"[at]);
        for (let tab = 0; tab < count; tab += 1) {
          opened.push(await device.openTab());
          await opened.at(-1).login();
        }
      }
      await run(world, bob, old, ...opened);
    } finally {
      await world.close();
    }
  });
}

/** A call that the server has answered; what comes back lets the answer go and waits for it. */
async function late(tab, match, method, options) {
  const held = tab.device.network.hold(...match);
  const finish = await tab.begin(method, options);
  await within(held.answered, `the answer to ${method}`);
  return () => {
    held.release();
    return finish();
  };
}

async function sound(world, ...tabs) {
  await world.settle();
  for (const tab of tabs) {
    const asked = world.conversations.map((conversation) => ({ conversation, how: ONE_PAGE() }));
    checkReading(new Lag(tab.device, true), asked, await tab.read(asked), `${tab}`);
  }
}

describe("what broke a promise once", () => {
  mended("a page asked for before an edit", [1], async (world, bob, old, tab) => {
    const official = await world.official("bob");
    const arrive = await late(tab, HISTORY, "fetchHistoryMessages", bob);
    await official.edit(old[1].id, { type: "txt", chatType: "singleChat", to: world.user, msg: "edited" });
    world.truth.edited.add(old[1].id);
    world.truth.changed(bob);
    await world.settle();
    await arrive();
    await sound(world, tab);
  });

  mended("a live message that sorts before a late page's newest", [1], async (world, bob, old, tab) => {
    await tab.call("fetchHistoryMessages", bob);
    await world.settle();
    const arrive = await late(tab, HISTORY, "fetchHistoryMessages", bob);
    await world.send(bob, "bob", "txt", "under an old time", { msg_timestamp: old[0].timestamp });
    await world.settle();
    await arrive();
    await sound(world, tab);
  });

  mended("a page asked for before another device deleted the conversation", [1, 1], async (world, bob, old, a, b) => {
    const arrive = await late(b, HISTORY, "fetchHistoryMessages", bob);
    const run = () => a.call("deleteConversationFromServer", { ...bob, isDeleteServerMessages: true });
    await world.deleting("a", [bob], true, run);
    await world.settle();
    await arrive();
    await sound(world, a, b);
  });

  mended("a page asked for before this device deleted the conversation", [1], async (world, bob, old, tab) => {
    const arrive = await late(tab, HISTORY, "fetchHistoryMessages", bob);
    const run = () => tab.call("deleteConversationFromServer", { ...bob, isDeleteServerMessages: true });
    await world.deleting("a", [bob], true, run);
    await arrive();
    await sound(world, tab);
  });

  mended("a list asked for before this device deleted the conversation", [1], async (world, bob, old, tab) => {
    const arrive = await late(tab, LIST, "fetchConversationsFromServer", { pageSize: 50 });
    const run = () => tab.call("deleteConversationFromServer", { ...bob, isDeleteServerMessages: true });
    await world.deleting("a", [bob], true, run);
    await arrive();
    const { conversations } = await tab.read([]);
    if (conversations.length > 0) throw new Error(`the list shows ${JSON.stringify(conversations)}`);
  });

  mended("a removal whose answer a reload cut off", [1], async (world, bob, old, tab) => {
    await tab.call("fetchHistoryMessages", bob);
    await late(tab, REMOVAL, "removeMessagesFromServer", { ...bob, msgIdList: [old[1].id] });
    world.truth.changed(bob);
    await tab.reload();
    await tab.login();
    await sound(world, tab);
  });

  mended("a message sent while a removal up to a future time is answered", [1], async (world, bob, old, tab) => {
    await tab.call("fetchHistoryMessages", bob);
    const arrive = await late(tab, REMOVAL, "removeMessagesFromServer", { ...bob, time: Date.now() + 3_600_000 });
    await world.nextMillisecond();
    const id = await world.send(bob, "bob", "txt", "sent after the removal");
    await tab.device.until("it", () => tab.device.told.has(id));
    await arrive();
    await world.walkWhole(tab, ONE_PAGE);
  });

  mended("a message sent while a deletion is answered", [1], async (world, bob, old, tab) => {
    const arrive = await late(tab, DELETION, "deleteConversationFromServer", { ...bob, isDeleteServerMessages: false });
    world.truth.changed(bob);
    await world.settle();
    const last = await world.send(bob, "bob", "txt", "it is back");
    await tab.device.until("it", () => tab.device.told.has(last));
    await arrive();
    const { conversations } = await tab.read([]);
    const listed = conversations.find(({ conversationId }) => conversationId === "bob");
    if (listed?.last?.id !== last) throw new Error(`the list shows ${JSON.stringify(listed)}`);
  });

  mended("a message sent after a removal by time, under a time before it", [1], async (world, bob, old, tab) => {
    await tab.call("removeMessagesFromServer", { ...bob, time: old[1].timestamp });
    await world.send(bob, "bob", "txt", "under an old time", { msg_timestamp: old[0].timestamp });
    await world.settle();
    await world.walkWhole(tab, ONE_PAGE);
  });

  mended("a live message under an old time, where nothing was fetched", [1], async (world, bob, old, tab) => {
    const id = await world.send(bob, "bob", "txt", "under an old time", { msg_timestamp: old[1].timestamp });
    await tab.device.until("it", () => tab.device.told.has(id));
    await world.check(ONE_PAGE);
  });

  mended("a walk of two pages whose first changes the list", [1], async (world, bob, old, tab) => {
    const [, carol, dave] = world.conversations;
    const id = await world.send(carol, "carol", "txt", "to be removed");
    await world.send(dave, "dave", "txt", "stays");
    await world.settle();
    await tab.call("removeMessagesFromServer", { ...carol, time: Date.now() });
    world.truth.changed(carol);
    // Counted by the server alone: the first page changes the list.
    const cmd = await world.send(dave, "dave", "cmd", "nothing to read");
    await tab.device.until("it", () => tab.device.told.has(cmd));
    let cursor;
    do {
      ({ cursor } = await tab.call("fetchConversationsFromServer", { pageSize: 1, ...(cursor && { cursor }) }));
    } while (cursor);
    const { conversations } = await tab.read([]);
    if (conversations.some(({ conversationId }) => conversationId === "carol")) throw new Error(`carol is listed, and ${id} was the last`);
  });

  mended("a list that arrives in one tab after news in the other", [2], async (world, bob, old, one, two) => {
    const [, , dave] = world.conversations;
    const arrivals = [await late(one, LIST, "fetchConversationsFromServer", { pageSize: 50 }), await late(two, LIST, "fetchConversationsFromServer", { pageSize: 50 })];
    const id = await world.send(dave, "dave", "txt", "news");
    await one.device.until("it", () => one.device.told.has(id));
    for (const arrive of arrivals) await arrive();
    const { conversations } = await one.read([]);
    const listed = conversations.find(({ conversationId }) => conversationId === "dave");
    if (listed?.last?.id !== id) throw new Error(`the list shows ${JSON.stringify(conversations)}`);
  });

  mended("a conversation that came back by a message which was recalled", [1], async (world, bob, old, tab) => {
    await tab.call("fetchConversationsFromServer");
    const run = () => tab.call("deleteConversationFromServer", { ...bob, isDeleteServerMessages: false });
    await world.deleting("a", [bob], false, run);
    const id = await world.send(bob, "bob", "txt", "it is back");
    await tab.device.until("it", () => tab.device.told.has(id));
    await world.admin.call("POST", "/messages/msg_recall", { msg_id: id, force: true });
    await new Promise((resolve) => setTimeout(resolve, 500));
    await tab.call("fetchConversationsFromServer", { pageSize: 50 });
    const { conversations } = await tab.read([]);
    const listed = conversations.find(({ conversationId }) => conversationId === "bob");
    if (listed?.last?.id !== old[2].id) throw new Error(`the list shows ${JSON.stringify(conversations)}`);
  });
});

// Steps about changes: messages of other users, removals and deletions here and on another device.

import { KINDS, TO_BOB, at, sendKinds } from "./initial-data.mjs";

/** Others send, edit, recall and read messages, and the user's other device sends one. */
export async function arrivals(recorder) {
  await sendKinds(recorder.record, recorder.bob, "alice", "live");
  for (const [event] of KINDS) await recorder.application.events.next(event);
  await recorder.application.events.next("onCombineMessage");
  await recorder.waitForMarker("after every kind");
  recorder.recordEvents("messages of every kind");

  recorder.record.alias(await recorder.bob.sendText("groupChat", recorder.group, "live in the group"), "live in the group");
  recorder.record.alias(await recorder.other.sendText("singleChat", "bob", "by the other device"), "by the other device");
  await recorder.waitForMarker("after the group");
  recorder.recordEvents("messages in a group and by the other device");

  const id = recorder.record.alias(await recorder.bob.sendText("singleChat", "alice", "tpyo"), "edited");
  await recorder.bob.edit(id, { type: "txt", chatType: "singleChat", to: "alice", msg: "typo" });
  await recorder.waitForMarker("after the edit");
  recorder.recordEvents("an edit");
  await recorder.step("history after the edit", "getHistoryMessages", { ...TO_BOB, pageSize: 1 });

  await recorder.bob.call("recallMessage", { mid: id, to: "alice", chatType: "singleChat" });
  await recorder.waitForMarker("after the recall");
  recorder.recordEvents("a recall");
  await recorder.step("history after the recall", "getHistoryMessages", { ...TO_BOB, pageSize: 1 });

  await recorder.bob.send({ type: "read", chatType: "singleChat", to: "alice", id: recorder.sent[1] });
  await recorder.waitForMarker("after the receipt");
  recorder.recordEvents("a receipt");
}

/** Marks conversations as read, and pins one. */
export async function readsAndPins(recorder) {
  const list = (name) => recorder.step(`${name}: list`, "getServerConversations", { pageSize: 50 });
  recorder.record.alias(await recorder.fixture.appRest.sendText("bob", "alice", "unread"), "unread");
  await recorder.waitForMarker("before reading");
  await list("before reading");
  for (const [chatType, to] of [["singleChat", "bob"], ["groupChat", recorder.group]]) {
    const { id, time, ...message } = await recorder.application.createMessage({ type: "channel", chatType, to });
    recorder.record.add(`a channel message of a ${chatType}`, { ...message, id: typeof id, time: typeof time });
    const outcome = await recorder.application.call("send", { ...message, id, time });
    if (outcome.resolved?.localMsgId !== id) throw new Error(`sending: ${JSON.stringify(outcome)}`);
    recorder.record.add(`a channel message of a ${chatType}: fields of the result`, Object.keys(outcome.resolved).sort());
  }
  await waitForUnread(recorder, ["bob", recorder.group], 0);
  await list("after reading");
  const pin = (name, options) => recorder.step(name, "pinConversation", options);
  const bob = { conversationId: "bob", conversationType: "singleChat" };
  await pin("pin", { ...bob, isPinned: true });
  await recorder.step("pin: list", "getServerPinnedConversations", { pageSize: 50 });
  await pin("unpin", { ...bob, isPinned: false });
  await recorder.step("unpin: list", "getServerPinnedConversations", { pageSize: 50 });
  await pin("pin a missing conversation", { ...bob, conversationId: "frank", isPinned: true });
  await pin("pin without an id", { ...bob, conversationId: "", isPinned: true });
  await pin("pin of a wrong type", { ...bob, conversationType: "chatRoom", isPinned: true });
  await pin("pin without a value", bob);
  await recorder.waitForMarker("after reading");
  recorder.takeEvents();
}

/** Waits until the user's other device sees these counts on the server. */
async function waitForUnread(recorder, ids, count) {
  const end = Date.now() + 15_000;
  for (;;) {
    const { data } = await recorder.other.call("getServerConversations", { pageSize: 50 });
    const counts = ids.map((id) => data.conversations.find(({ conversationId }) => conversationId === id)?.unReadCount);
    if (counts.every((found) => found === count)) return;
    if (Date.now() > end) throw new Error(`the server counts ${counts}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Removes messages by ids and by time, here and on the other device. */
export async function removals(recorder) {
  const ids = (indexes) => indexes.map((i) => recorder.sent[i]);
  const recordOtherDevice = async (name) =>
    recorder.record.add(`${name}: the other device`, await recorder.other.multiDeviceEvent("deleteRoaming"));
  const recordHistory = (name, conversation = TO_BOB) =>
    recorder.step(`${name}: history`, "getHistoryMessages", { ...conversation, pageSize: 50, searchDirection: "down", searchOptions: { startTime: at(0), endTime: at(400) } });
  await recorder.step("remove by ids", "removeHistoryMessages", { ...TO_BOB, messageIds: ids([3, 5, 59]) });
  await recordHistory("remove by ids");
  await recordOtherDevice("remove by ids");
  await recorder.step("remove by time", "removeHistoryMessages", { ...TO_BOB, beforeTimeStamp: at(9) });
  await recordHistory("remove by time");
  await recordOtherDevice("remove by time");
  const group = { targetId: recorder.group, chatType: "groupChat" };
  await recorder.step("remove from a group", "removeHistoryMessages", { ...group, messageIds: [recorder.toGroup[1]] });
  await recordHistory("remove from a group", group);
  await recordOtherDevice("remove from a group");
  await recorder.step("remove a missing message", "removeHistoryMessages", { ...TO_BOB, messageIds: ids([3]) });
  recorder.takeEvents();

  await recorder.other.call("removeHistoryMessages", { ...TO_BOB, messageIds: ids([20, 21]) });
  await recorder.application.events.next("onMultiDeviceEvent");
  await recorder.other.call("removeHistoryMessages", { ...TO_BOB, beforeTimeStamp: at(12) });
  await recorder.application.events.next("onMultiDeviceEvent");
  await recorder.other.call("removeHistoryMessages", { ...group, messageIds: [recorder.toGroup[0]] });
  await recorder.application.events.next("onMultiDeviceEvent");
  await recorder.waitForMarker("after the removals elsewhere");
  recorder.recordEvents("removals elsewhere");
  await recordHistory("removals elsewhere");
  await recordHistory("removals elsewhere, group", group);
}

/** Deletes conversations here and on the other device; pins one on the other device. */
export async function deletions(recorder) {
  const recordOtherDevice = async (name) =>
    recorder.record.add(`${name}: the other device`, await recorder.other.multiDeviceEvent("deleteConversation"));
  const carol = { channel: "carol", chatType: "singleChat", deleteRoam: false };
  await recorder.stepWithCallbacks("delete a conversation", ["success", "error"], "deleteConversation", carol);
  await recordOtherDevice("delete a conversation");
  await recorder.step("delete a conversation: history", "getHistoryMessages", { targetId: "carol", chatType: "singleChat" });
  await recorder.step("delete a group with its history", "deleteConversation", { channel: recorder.group, chatType: "groupChat", deleteRoam: true });
  await recordOtherDevice("delete a group with its history");
  await recorder.step("delete a group with its history: history", "getHistoryMessages", { targetId: recorder.group, chatType: "groupChat" });
  await recorder.step("delete a missing conversation", "deleteConversation", { ...carol, channel: "frank" });
  await recorder.step("after deletions: list", "getServerConversations", { pageSize: 50 });
  recorder.takeEvents();

  await recorder.other.call("pinConversation", { conversationId: "dave", conversationType: "singleChat", isPinned: true });
  await recorder.waitForMarker("after the pin");
  recorder.recordEvents("a pin elsewhere");
  await recorder.other.call("pinConversation", { conversationId: "dave", conversationType: "singleChat", isPinned: false });
  await recorder.waitForMarker("after the end of the pin");
  recorder.recordEvents("the end of a pin elsewhere");
  await recorder.other.call("deleteConversation", { channel: "erin", chatType: "singleChat", deleteRoam: true });
  await recorder.application.events.next("onMultiDeviceEvent", (event) => event.operation === "deleteConversation");
  await recorder.waitForMarker("after the deletion elsewhere");
  recorder.recordEvents("a deletion elsewhere");
  await recorder.step("after the deletion elsewhere: history", "getHistoryMessages", { targetId: "erin", chatType: "singleChat" });

  await recorder.step("delete everything", "deleteAllMessagesAndConversations");
  await recorder.step("delete everything: list", "getServerConversations", { pageSize: 50 });
  await recorder.step("delete everything: history", "getHistoryMessages", TO_BOB);
  await recordOtherDevice("delete everything");
  recorder.recordEvents("delete everything");
}

// What others send, and what is removed and deleted, here and elsewhere.

import { KINDS, TO_BOB, at, sendKinds } from "./data.mjs";

/** What others send, edit, take back and read, and what the user's other device sends. */
export async function arrivals(teller) {
  await sendKinds(teller.record, teller.bob, "alice", "live");
  for (const [event] of KINDS) await teller.app.events.next(event);
  await teller.app.events.next("onCombineMessage");
  await teller.fence("after every kind");
  teller.noteTold("messages of every kind");

  teller.record.name(await teller.bob.sendText("groupChat", teller.group, "live in the group"), "live in the group");
  teller.record.name(await teller.other.sendText("singleChat", "bob", "by the other device"), "by the other device");
  await teller.fence("after the group");
  teller.noteTold("messages in a group and by the other device");

  const id = teller.record.name(await teller.bob.sendText("singleChat", "alice", "tpyo"), "edited");
  await teller.bob.edit(id, { type: "txt", chatType: "singleChat", to: "alice", msg: "typo" });
  await teller.fence("after the edit");
  teller.noteTold("an edit");
  await teller.step("history after the edit", "getHistoryMessages", { ...TO_BOB, pageSize: 1 });

  await teller.bob.call("recallMessage", { mid: id, to: "alice", chatType: "singleChat" });
  await teller.fence("after the recall");
  teller.noteTold("a recall");
  await teller.step("history after the recall", "getHistoryMessages", { ...TO_BOB, pageSize: 1 });

  await teller.bob.send({ type: "read", chatType: "singleChat", to: "alice", id: teller.sent[1] });
  await teller.fence("after the receipt");
  teller.noteTold("a receipt");
}

export async function removals(teller) {
  const ids = (some) => some.map((i) => teller.sent[i]);
  const others = (name) => teller.other.multiDeviceEvent("deleteRoaming").then((event) => teller.record.note(`${name}: the other device`, event));
  const shown = (name, conversation = TO_BOB) =>
    teller.step(`${name}: history`, "getHistoryMessages", { ...conversation, pageSize: 50, searchDirection: "down", searchOptions: { startTime: at(0), endTime: at(400) } });
  await teller.step("remove by ids", "removeHistoryMessages", { ...TO_BOB, messageIds: ids([3, 5, 59]) });
  await shown("remove by ids");
  await others("remove by ids");
  await teller.step("remove by time", "removeHistoryMessages", { ...TO_BOB, beforeTimeStamp: at(9) });
  await shown("remove by time");
  await others("remove by time");
  const group = { targetId: teller.group, chatType: "groupChat" };
  await teller.step("remove from a group", "removeHistoryMessages", { ...group, messageIds: [teller.toGroup[1]] });
  await shown("remove from a group", group);
  await others("remove from a group");
  await teller.step("remove what is not there", "removeHistoryMessages", { ...TO_BOB, messageIds: ids([3]) });
  teller.told();

  await teller.other.call("removeHistoryMessages", { ...TO_BOB, messageIds: ids([20, 21]) });
  await teller.app.events.next("onMultiDeviceEvent");
  await teller.other.call("removeHistoryMessages", { ...TO_BOB, beforeTimeStamp: at(12) });
  await teller.app.events.next("onMultiDeviceEvent");
  await teller.other.call("removeHistoryMessages", { ...group, messageIds: [teller.toGroup[0]] });
  await teller.app.events.next("onMultiDeviceEvent");
  await teller.fence("after the removals elsewhere");
  teller.noteTold("removals elsewhere");
  await shown("removals elsewhere");
  await shown("removals elsewhere, group", group);
}

export async function deletions(teller) {
  const others = (name) => teller.other.multiDeviceEvent("deleteConversation").then((event) => teller.record.note(`${name}: the other device`, event));
  const carol = { channel: "carol", chatType: "singleChat", deleteRoam: false };
  await teller.stepNoting("delete a conversation", ["success", "error"], "deleteConversation", carol);
  await others("delete a conversation");
  await teller.step("delete a conversation: history", "getHistoryMessages", { targetId: "carol", chatType: "singleChat" });
  await teller.step("delete a group with its history", "deleteConversation", { channel: teller.group, chatType: "groupChat", deleteRoam: true });
  await others("delete a group with its history");
  await teller.step("delete a group with its history: history", "getHistoryMessages", { targetId: teller.group, chatType: "groupChat" });
  await teller.step("delete what is not there", "deleteConversation", { ...carol, channel: "frank" });
  await teller.step("after deletions: list", "getServerConversations", { pageSize: 50 });
  teller.told();

  await teller.other.call("pinConversation", { conversationId: "dave", conversationType: "singleChat", isPinned: true });
  await teller.fence("after the pin");
  teller.noteTold("a pin elsewhere");
  await teller.other.call("pinConversation", { conversationId: "dave", conversationType: "singleChat", isPinned: false });
  await teller.fence("after the end of the pin");
  teller.noteTold("the end of a pin elsewhere");
  await teller.other.call("deleteConversation", { channel: "erin", chatType: "singleChat", deleteRoam: true });
  await teller.app.events.next("onMultiDeviceEvent", (event) => event.operation === "deleteConversation");
  await teller.fence("after the deletion elsewhere");
  teller.noteTold("a deletion elsewhere");
  await teller.step("after the deletion elsewhere: history", "getHistoryMessages", { targetId: "erin", chatType: "singleChat" });

  await teller.step("delete everything", "deleteAllMessagesAndConversations");
  await teller.step("delete everything: list", "getServerConversations", { pageSize: 50 });
  await teller.step("delete everything: history", "getHistoryMessages", TO_BOB);
  await others("delete everything");
  teller.noteTold("delete everything");
}

// Lists and history, and arguments that are wrong.

import { KINDS, TO_BOB, at } from "./data.mjs";

export async function lists(teller) {
  for (const call of ["getServerConversations", "getServerPinnedConversations"]) {
    let cursor = "";
    for (let page = 1; page === 1 || cursor; page++) {
      const { data } = await teller.step(`${call}, page ${page}`, call, { pageSize: 2, cursor });
      if (data.cursor) teller.record.name(data.cursor, `cursor of ${call} ${page}`);
      cursor = data.cursor;
    }
    await teller.step(`${call}, without a page size`, call, { includeEmptyConversations: true });
    await teller.step(`${call}, without anything`, call);
    await teller.step(`${call}, with null`, call, null);
  }
  await teller.step("getConversationlist", "getConversationlist");
  await teller.step("getConversationlist, with null", "getConversationlist", null);
  for (const pageNum of [1, 2, 3]) await teller.step(`getConversationlist, page ${pageNum}`, "getConversationlist", { pageNum, pageSize: 3 });
  await teller.stepNoting("getConversationlist, with callbacks", ["success", "error"], "getConversationlist", {});
  for (const [event, message] of KINDS) {
    await teller.world.app.createUsers(event.toLowerCase());
    await sendOne(teller, message, event.toLowerCase());
  }
  await teller.fence("after the kinds of the list");
  await teller.step("getServerConversations, every kind", "getServerConversations", { pageSize: 50 });
  await teller.step("getConversationlist, every kind", "getConversationlist", { pageNum: 1, pageSize: 20 });
  teller.told();
}

export async function history(teller) {
  for (const searchDirection of ["up", "down"]) {
    let cursor = searchDirection === "up" ? -1 : null;
    for (let page = 1, last = false; !last; page++) {
      const options = { ...TO_BOB, pageSize: 25, searchDirection, cursor };
      const answer = await teller.step(`history ${searchDirection}, page ${page}`, "getHistoryMessages", options);
      ({ cursor, isLast: last } = answer);
    }
    const middle = { ...TO_BOB, pageSize: 4, searchDirection, cursor: teller.sent[30] };
    await teller.step(`history ${searchDirection}, from the middle`, "getHistoryMessages", middle);
    const span = { startTime: at(10), endTime: at(20) };
    await teller.step(`history ${searchDirection}, of a time`, "getHistoryMessages", { ...TO_BOB, searchDirection, searchOptions: span });
    const group = { targetId: teller.group, chatType: "groupChat", searchDirection };
    await teller.step(`history ${searchDirection}, of a group`, "getHistoryMessages", group);
    await teller.step(`history ${searchDirection}, of a sender`, "getHistoryMessages", { ...group, searchOptions: { from: "carol" } });
    const erin = { targetId: "erin", chatType: "singleChat", searchDirection };
    await teller.step(`history ${searchDirection}, of every kind`, "getHistoryMessages", erin);
    for (const msgTypes of [["txt"], ["img", "video"], ["loc", "cmd", "custom"], ["combine"], []]) {
      const name = `history ${searchDirection}, kinds ${msgTypes}`;
      await teller.step(name, "getHistoryMessages", { ...erin, searchOptions: { msgTypes } });
    }
    await teller.step(`history ${searchDirection}, since`, "getHistoryMessages", { ...TO_BOB, searchDirection, searchOptions: { startTime: at(55) } });
  }
  await teller.step("history, by default", "getHistoryMessages", TO_BOB);
  await teller.step("history, a sender of a single chat", "getHistoryMessages", { ...TO_BOB, pageSize: 3, searchOptions: { from: "bob" } });
  await teller.step("history, until", "getHistoryMessages", { ...TO_BOB, searchOptions: { endTime: at(5) } });
  await teller.step("history, of nobody", "getHistoryMessages", { targetId: "frank", chatType: "singleChat" });
  await teller.step("history, of no group", "getHistoryMessages", { targetId: "999999", chatType: "groupChat" });
  await teller.stepNoting("history, with callbacks", ["success", "fail"], "getHistoryMessages", { ...TO_BOB, pageSize: 1 });
  await teller.stepNoting("history, failing with callbacks", ["success", "fail"], "getHistoryMessages", { ...TO_BOB, pageSize: 1000 });
}

export async function wrongArguments(teller) {
  const single = { chatType: "singleChat" };
  const calls = {
    getServerConversations: [{ pageSize: "2" }, { cursor: 5 }, { includeEmptyConversations: 1 }, { pageSize: 51 }, { cursor: "no cursor" }],
    getServerPinnedConversations: [{ pageSize: "2" }, { cursor: 5 }, { includeEmptyConversations: 1 }],
    getHistoryMessages: [
      {}, { targetId: "" }, { ...TO_BOB, searchOptions: { from: 5 } }, { ...TO_BOB, searchOptions: { msgTypes: "txt" } },
      { ...TO_BOB, searchOptions: { startTime: "1" } }, { ...TO_BOB, searchOptions: { startTime: 1, endTime: "1" } },
      { ...TO_BOB, cursor: "no id" },
    ],
    removeHistoryMessages: [
      {}, { targetId: "", ...single }, { targetId: "bob" }, { targetId: "bob", chatType: "chat" }, TO_BOB,
      { ...TO_BOB, messageIds: [] }, { ...TO_BOB, messageIds: "1" }, { ...TO_BOB, messageIds: Array(21).fill("1") },
      { ...TO_BOB, beforeTimeStamp: "1" }, { ...TO_BOB, beforeTimeStamp: -1 }, { ...TO_BOB, messageIds: ["no id"] },
    ],
    deleteConversation: [
      {}, { channel: 5, ...single, deleteRoam: true }, { channel: "bob", chatType: "chatRoom", deleteRoam: true },
      { channel: "bob", ...single },
    ],
  };
  for (const [call, all] of Object.entries(calls)) {
    for (const options of all) await teller.step(`${call}(${JSON.stringify(options).slice(0, 90)})`, call, options);
  }
  teller.noteTold("wrong arguments");
}

/** One message of that kind by the other device, so that it is the list's newest of that conversation. */
async function sendOne(teller, { file, ...message }, to) {
  const id = await teller.other.send({ chatType: "singleChat", to, ...message, ...(file && { file }) });
  if (teller.other.uploaded) teller.record.name(teller.other.uploaded.split("/").at(-1), `upload to ${to}`);
  teller.record.name(id, `to ${to}`);
}

// Steps about queries: conversation lists, history, and invalid arguments.

import { KINDS, TO_BOB, at } from "./initial-data.mjs";

export async function lists(recorder) {
  for (const call of ["getServerConversations", "getServerPinnedConversations"]) {
    let cursor = "";
    for (let page = 1; page === 1 || cursor; page++) {
      const { data } = await recorder.step(`${call}, page ${page}`, call, { pageSize: 2, cursor });
      if (data.cursor) recorder.record.alias(data.cursor, `cursor of ${call} ${page}`);
      cursor = data.cursor;
    }
    await recorder.step(`${call}, without a page size`, call, { includeEmptyConversations: true });
    await recorder.step(`${call}, without anything`, call);
    await recorder.step(`${call}, with null`, call, null);
  }
  await recorder.step("getConversationlist", "getConversationlist");
  await recorder.step("getConversationlist, with null", "getConversationlist", null);
  for (const pageNum of [1, 2, 3]) await recorder.step(`getConversationlist, page ${pageNum}`, "getConversationlist", { pageNum, pageSize: 3 });
  await recorder.stepWithCallbacks("getConversationlist, with callbacks", ["success", "error"], "getConversationlist", {});
  for (const [event, message] of KINDS) {
    await recorder.fixture.appRest.createUsers(event.toLowerCase());
    await sendLatest(recorder, message, event.toLowerCase());
  }
  await recorder.waitForMarker("after the latest messages");
  await recorder.step("getServerConversations, every kind", "getServerConversations", { pageSize: 50 });
  await recorder.step("getConversationlist, every kind", "getConversationlist", { pageNum: 1, pageSize: 20 });
  recorder.takeEvents();
}

export async function history(recorder) {
  for (const searchDirection of ["up", "down"]) {
    let cursor = searchDirection === "up" ? -1 : null;
    for (let page = 1, isLast = false; !isLast; page++) {
      const options = { ...TO_BOB, pageSize: 25, searchDirection, cursor };
      const answer = await recorder.step(`history ${searchDirection}, page ${page}`, "getHistoryMessages", options);
      ({ cursor, isLast } = answer);
    }
    const middle = { ...TO_BOB, pageSize: 4, searchDirection, cursor: recorder.sent[30] };
    await recorder.step(`history ${searchDirection}, from the middle`, "getHistoryMessages", middle);
    const period = { startTime: at(10), endTime: at(20) };
    await recorder.step(`history ${searchDirection}, of a time`, "getHistoryMessages", { ...TO_BOB, searchDirection, searchOptions: period });
    const group = { targetId: recorder.group, chatType: "groupChat", searchDirection };
    await recorder.step(`history ${searchDirection}, of a group`, "getHistoryMessages", group);
    await recorder.step(`history ${searchDirection}, of a sender`, "getHistoryMessages", { ...group, searchOptions: { from: "carol" } });
    const erin = { targetId: "erin", chatType: "singleChat", searchDirection };
    await recorder.step(`history ${searchDirection}, of every kind`, "getHistoryMessages", erin);
    for (const msgTypes of [["txt"], ["img", "video"], ["loc", "cmd", "custom"], ["combine"], []]) {
      const name = `history ${searchDirection}, kinds ${msgTypes}`;
      await recorder.step(name, "getHistoryMessages", { ...erin, searchOptions: { msgTypes } });
    }
    await recorder.step(`history ${searchDirection}, since`, "getHistoryMessages", { ...TO_BOB, searchDirection, searchOptions: { startTime: at(55) } });
  }
  await recorder.step("history, by default", "getHistoryMessages", TO_BOB);
  await recorder.step("history, a sender of a single chat", "getHistoryMessages", { ...TO_BOB, pageSize: 3, searchOptions: { from: "bob" } });
  await recorder.step("history, until", "getHistoryMessages", { ...TO_BOB, searchOptions: { endTime: at(5) } });
  await recorder.step("history, of nobody", "getHistoryMessages", { targetId: "frank", chatType: "singleChat" });
  await recorder.step("history, of no group", "getHistoryMessages", { targetId: "999999", chatType: "groupChat" });
  await recorder.stepWithCallbacks("history, with callbacks", ["success", "fail"], "getHistoryMessages", { ...TO_BOB, pageSize: 1 });
  await recorder.stepWithCallbacks("history, failing with callbacks", ["success", "fail"], "getHistoryMessages", { ...TO_BOB, pageSize: 1000 });
}

export async function invalidArguments(recorder) {
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
    for (const options of all) await recorder.step(`${call}(${JSON.stringify(options).slice(0, 90)})`, call, options);
  }
  recorder.recordEvents("invalid arguments");
}

/** Sends a message from the other device, so that the list shows it as the latest of that conversation. */
async function sendLatest(recorder, { file, ...message }, to) {
  const id = await recorder.other.send({ chatType: "singleChat", to, ...message, ...(file && { file }) });
  if (recorder.other.uploaded) recorder.record.alias(recorder.other.uploaded.split("/").at(-1), `upload to ${to}`);
  recorder.record.alias(id, `to ${to}`);
}

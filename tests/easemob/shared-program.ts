// A program that must compile against the typings of both clients. `chat-sdk` resolves to either.

import websdk, { type EasemobChat } from "chat-sdk";

const conn: EasemobChat.Connection = new websdk.connection({ appKey: "org#app", isHttpDNS: false, apiUrl: "", url: "" });

function show(message: EasemobChat.TextMsgBody | EasemobChat.ImgMsgBody): string {
  return message.type === "txt" ? message.msg : message.url ?? "";
}

conn.addEventHandler("all", {
  onConnected: () => conn.isOpened(),
  onDisconnected: (reason) => reason?.message,
  onError: (error: EasemobChat.ErrorEvent) => error.type,
  onTokenWillExpire: () => void conn.renewToken("token"),
  onTokenExpired: () => conn.close(),
  onTextMessage: (message) => show(message),
  onImageMessage: (message) => show(message),
  onCmdMessage: ({ action }) => action,
  onMultiDeviceEvent: (event) => {
    if (event.operation === "deleteRoaming") return event.chatType;
    if (event.operation === "deleteConversation") return event.conversationType;
  },
});
conn.removeEventHandler("all");

export async function use(token: string): Promise<string[]> {
  const { accessToken } = await conn.open({ user: "alice", accessToken: token });
  const list = await conn.getServerConversations({ pageSize: 50, cursor: "" });
  const shown: string[] = [accessToken, conn.context.userId, conn.context.accessToken];
  for (const { conversationId, isPinned, pinnedTime, unReadCount, lastMessage } of list.data?.conversations ?? []) {
    shown.push(`${conversationId} ${isPinned} ${pinnedTime} ${unReadCount}`);
    if (lastMessage && "type" in lastMessage && lastMessage.type === "txt") shown.push(show(lastMessage));
  }
  await conn.getServerPinnedConversations({ cursor: "" });
  const older = await conn.getConversationlist({ pageNum: 1, pageSize: 20 });
  shown.push(...(older.data?.channel_infos ?? []).map((info) => info.channel_id));
  const page: EasemobChat.HistoryMessages = await conn.getHistoryMessages({
    targetId: "bob",
    chatType: "singleChat",
    searchDirection: "down",
    searchOptions: { msgTypes: ["txt", "img"], startTime: 1 },
  });
  for (const message of page.messages) {
    switch (message.type) {
      case "txt":
        shown.push(message.msg);
        break;
      case "loc":
        shown.push(`${message.addr} ${message.lat} ${message.lng}`);
        break;
      case "custom":
        shown.push(message.customEvent);
        break;
      case "video":
        shown.push(message.thumb ?? "", `${message.length ?? 0}`);
    }
  }
  await conn.removeHistoryMessages({ targetId: "bob", chatType: "singleChat", messageIds: ["1"] });
  await conn.removeHistoryMessages({ targetId: "bob", chatType: "singleChat", beforeTimeStamp: 1 });
  await conn.deleteConversation({ channel: "bob", chatType: "singleChat", deleteRoam: true });
  const pinned = await conn.pinConversation({ conversationId: "bob", conversationType: "singleChat", isPinned: true });
  shown.push(String(pinned.data?.pinnedTime));
  const { serverMsgId } = await conn.send(websdk.message.create({ type: "channel", chatType: "singleChat", to: "bob" }));
  shown.push(serverMsgId);
  await conn.deleteAllMessagesAndConversations();
  return shown;
}

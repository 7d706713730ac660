// Mistakes that the official client's typings accept and RoamKit's reject.

import websdk, { init, statusCode } from "roamkit/easemob";
import type { EasemobChat, ErrorEvent, TextMsgBody } from "roamkit/easemob";

const conn = new websdk.connection({ appKey: "org#app" });
void init("/roamkit_bg.wasm");
conn.addEventHandler("errors", {
  onError(error: ErrorEvent) {
    if (error.type === statusCode.WEBIM_TOKEN_EXPIRED) conn.close();
    // @ts-expect-error no such status code
    return error.type === 12345;
  },
});
// @ts-expect-error the app key is required
new websdk.connection({});
// @ts-expect-error RoamKit sends no other messages than channel messages
void conn.send({});
// @ts-expect-error RoamKit creates no other messages than channel messages
websdk.message.create({ type: "txt", chatType: "singleChat", to: "bob", msg: "hi" });
// @ts-expect-error a chat room cannot be deleted
void conn.deleteConversation({ channel: "room", chatType: "chatRoom", deleteRoam: true });
// @ts-expect-error no such event
conn.addEventHandler("receipts", { onReadMessage: () => {} });

export function shown(message: EasemobChat.MessageBody, text: TextMsgBody): string {
  // @ts-expect-error only some messages have a text
  message.msg;
  // @ts-expect-error the value of an extension field is unknown
  const known: string = text.ext["name"];
  switch (message.type) {
    case "txt":
      return message.msg + known;
    case "img":
    case "audio":
    case "video":
    case "file":
    case "combine":
      return message.url;
    case "loc":
      return message.addr;
    case "cmd":
      return message.action;
    case "custom":
      return message.customEvent;
    default:
      return message satisfies never;
  }
}

export async function local(): Promise<string | undefined> {
  const { data } = await conn.localCache.getLocalConversations();
  const one = await conn.localCache.getLocalConversation({ conversationId: "bob", conversationType: "singleChat" });
  return data[0]?.lastMessage?.serverMsgId ?? one.data?.lastMessage?.sessionId;
}

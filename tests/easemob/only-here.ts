// What the official client's typings let pass, and RoamKit's do not.

import websdk, { init, statusCode } from "roamkit/easemob";
import type { EasemobChat, ErrorEvent, TextMsgBody } from "roamkit/easemob";

const conn = new websdk.connection({ appKey: "org#app" });
void init("/roamkit_bg.wasm");
conn.addEventHandler("errors", {
  onError(error: ErrorEvent) {
    if (error.type === statusCode.WEBIM_TOKEN_EXPIRED) conn.close();
    // @ts-expect-error there is no such number
    return error.type === 12345;
  },
});
// @ts-expect-error the app key is needed
new websdk.connection({});
// @ts-expect-error RoamKit does not send
void conn.send({});
// @ts-expect-error nor does it make messages
websdk.message;
// @ts-expect-error lists have no chat rooms
void conn.deleteConversation({ channel: "room", chatType: "chatRoom", deleteRoam: true });
// @ts-expect-error there is no such event
conn.addEventHandler("receipts", { onReadMessage: () => {} });

export function shown(message: EasemobChat.MessageBody, text: TextMsgBody): string {
  // @ts-expect-error not every message has a text
  message.msg;
  // @ts-expect-error extensions are the sender's: of whatever type
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

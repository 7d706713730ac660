// Checks the typings in a strict TypeScript project. Each @ts-expect-error marks a mistake that must not compile.

import init, { RoamClient, RoamError } from "roamkit";
import type { Body, Conversation, ConversationType, EventMap, Message, StorageEstimate } from "roamkit";

export async function use(signal: AbortSignal): Promise<void> {
  await init();
  const client: RoamClient = await RoamClient.open({ appKey: "org#app", user: "alice", requestTimeoutMs: 5_000 });
  // @ts-expect-error the app key is missing
  await RoamClient.open({ user: "alice" });
  // @ts-expect-error a client is created by RoamClient.open
  new RoamClient();

  await client.login({ token: "t" });
  await client.login({ password: "p" });
  // @ts-expect-error neither a token nor a password
  await client.login({});

  const list = await client.fetchConversationsFromServer();
  const first: Conversation | undefined = list.conversations[0];
  const cursor: string | undefined = list.cursor;
  await client.fetchConversationsFromServer({ pageSize: 50, cursor, pinnedOnly: true, includeEmpty: true, signal });
  // @ts-expect-error the page size is a number
  await client.fetchConversationsFromServer({ pageSize: "20" });

  const conversation = { conversationId: "bob", conversationType: "singleChat" } as const;
  const page = await client.fetchHistoryMessages({
    ...conversation,
    searchDirection: "down",
    msgTypes: ["txt", "combine"],
    startMsgId: "1",
    save: false,
  });
  const messages: Message[] = page.messages;
  const last: boolean = page.isLast;
  // @ts-expect-error ids are strings
  await client.fetchHistoryMessages({ ...conversation, startMsgId: 1 });
  // @ts-expect-error no such message type
  await client.fetchHistoryMessages({ ...conversation, msgTypes: ["smell"] });
  // @ts-expect-error no such conversation type
  await client.loadMessages({ conversationId: "bob", conversationType: "chat" });
  const local = await client.loadMessages(conversation);
  const complete: boolean = local.complete;

  for await (const messages of client.history({ ...conversation, pageSize: 50, searchDirection: "down" })) {
    const one: Message | undefined = messages[0];
    void one;
  }
  // @ts-expect-error history() always starts at an end
  client.history({ ...conversation, startMsgId: "1" });
  await RoamClient.open({ appKey: "org#app", user: "alice", persist: true });

  await client.removeMessagesFromServer({ ...conversation, msgIdList: ["1"] });
  await client.removeMessagesFromServer({ ...conversation, time: Date.now() });
  // @ts-expect-error neither ids nor a time
  await client.removeMessagesFromServer(conversation);
  await client.deleteConversationFromServer({ ...conversation, isDeleteServerMessages: true });
  // @ts-expect-error isDeleteServerMessages is required
  await client.deleteConversationFromServer(conversation);
  await client.pinConversation({ ...conversation, isPinned: true });
  // @ts-expect-error isPinned is required
  await client.pinConversation(conversation);
  await client.markConversationAsRead(conversation);
  // @ts-expect-error the type is required
  await client.markConversationAsRead({ conversationId: "bob" });
  await client.deleteAllMessagesAndConversations();

  client.on("conversationRead", ({ conversationId, conversationType }) => {
    const id: string = conversationId;
    void [id, conversationType];
  });
  const off: () => void = client.on("messageRemoved", (event) => {
    const ids: string[] | undefined = event.msgIdList;
    const type: ConversationType = event.conversationType;
    // @ts-expect-error no such field
    event.messageIds;
    void [ids, type];
  });
  client.on("messageReceived", (message) => show(message.body));
  client.on("messagesChanged", ({ conversationId, conversationType, added, updated, removedIds, removedUntil }) => {
    const messages: Message[] = [...added, ...updated];
    const ids: string[] = removedIds;
    const until: number | undefined = removedUntil;
    const type: ConversationType = conversationType;
    void [conversationId, messages, ids, until, type];
  });
  client.on("disconnected", ({ code, willReconnect }) => void [code.toFixed(), willReconnect === true]);
  client.on("error", (error) => void (error.code + error.reason.length));
  client.on("connected", () => {});
  // @ts-expect-error no such event
  client.on("removed", () => {});
  off();

  const one: Conversation | undefined = await client.getConversation("bob", "singleChat");
  const all: Conversation[] = await client.loadAllConversations();
  const estimate: StorageEstimate = await client.storageEstimate();
  await client.renewToken("t");
  await client.logout({ wipe: true });
  client.close();
  void [first, messages, last, complete, one, all, estimate];
}

/** Narrows a body by its type. The default case proves that all types are covered. */
function show(body: Body): string {
  switch (body.type) {
    case "txt":
      return body.msg;
    case "img":
      return `${body.width} × ${body.height}`;
    case "audio":
    case "video":
      return `${body.length} s`;
    case "file":
      return body.filename;
    case "loc":
      return `${body.lat}, ${body.lng}`;
    case "cmd":
      return body.action;
    case "custom":
      return body.customEvent;
    case "combine":
      return body.title;
    default: {
      const nothing: never = body;
      return nothing;
    }
  }
}

export function explain(error: unknown): string {
  return error instanceof RoamError ? `${error.code} ${error.reason}: ${error.message}` : String(error);
}

export const names: (keyof EventMap)[] = ["messageRemoved", "conversationDeleted"];

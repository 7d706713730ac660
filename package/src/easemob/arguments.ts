// Wrong arguments, in the official client's words: errors of the platform's own class.

import { ErrorEvent } from "./errors.js";
import { statusCode } from "./status.js";
import type * as Parameters from "./types/parameters.js";

const CHAT_TYPES = ["singleChat", "groupChat", "chatRoom"];

/** What a connection is made with. */
export function checkConnection({ appKey }: Parameters.ConnectionParameters): void {
  if (typeof appKey !== "string" || appKey.split("#").length !== 2) throw Error(`Invalid appKey: ${String(appKey)}`);
}

/** What `open` takes; its errors are of the client's own class. */
export function checkOpen(parameters: Parameters.OpenParameters): void {
  const wrong = (message: string, type: 0 | 1 = statusCode.WEBIM_CONNCTION_OPEN_ERROR) => {
    throw new ErrorEvent({ type, message });
  };
  if (typeof parameters !== "object" || parameters === null) wrong("the param is illegal");
  if (!parameters.user || typeof parameters.user !== "string") {
    wrong("the user is empty or type is not string", statusCode.WEBIM_CONNCTION_USER_NOT_ASSIGN_ERROR);
  }
  const { accessToken } = parameters;
  if ("accessToken" in parameters) {
    if (!accessToken || typeof accessToken !== "string") wrong("the accessToken is illegal");
  } else if (!parameters.pwd) wrong("the accessToken or pwd is illegal");
}

/** A page of the server's list. */
export function checkList(parameters: Parameters.ServerConversationsParameters | undefined): void {
  const { pageSize, cursor, includeEmptyConversations } = parameters ?? {};
  if (pageSize && typeof pageSize !== "number") throw Error(`Invalid parameter pageSize: ${String(pageSize)}`);
  if (cursor && typeof cursor !== "string") throw Error(`Invalid parameter cursor: ${String(cursor)}`);
  if (includeEmptyConversations && typeof includeEmptyConversations !== "boolean") {
    throw Error(`Invalid parameter includeEmptyConversations: ${String(includeEmptyConversations)}`);
  }
}

/** A page of history. */
export function checkHistory({ targetId, searchOptions = {} }: Parameters.HistoryParameters): void {
  const { from, msgTypes, startTime, endTime } = searchOptions;
  const wrong = (name: string) => Error(`"Invalid parameter": "${name}"`);
  if (typeof targetId !== "string" || targetId === "") throw wrong("targetId");
  if (from && typeof from !== "string") throw wrong("searchOptions.from");
  if (msgTypes && !Array.isArray(msgTypes)) throw wrong("searchOptions.msgTypes");
  if (startTime && typeof startTime !== "number") throw wrong("searchOptions.startTime");
  if (endTime && typeof endTime !== "number") throw wrong("searchOptions.endTime");
}

/** Which messages to remove. */
export function checkRemoval(parameters: Parameters.RemoveHistoryParameters): void {
  const { targetId, chatType, messageIds, beforeTimeStamp: time } = parameters;
  const wrong = (name: string, value: unknown) => Error(`"Invalid parameter ${name}": ${String(value)}`);
  if (typeof targetId !== "string" || targetId === "") throw wrong("targetId", targetId);
  if (!CHAT_TYPES.includes(chatType)) throw wrong("chatType", chatType);
  if (time && (typeof time !== "number" || time < 0 || String(time).length > 18)) throw wrong("beforeTimeStamp", time);
  if (messageIds && !(Array.isArray(messageIds) && messageIds.length > 0 && messageIds.length <= 20)) {
    throw wrong("messageIds", messageIds);
  }
  if (!messageIds && !time) throw Error("messageIds or beforeTimeStamp field is required.");
}

/** Which conversation to delete. */
export function checkDeletion({ channel, chatType, deleteRoam }: Parameters.DeleteConversationParameters): void {
  if (typeof channel !== "string") throw Error(`Invalid parameter channel: ${String(channel)}`);
  if (chatType !== "singleChat" && chatType !== "groupChat") throw Error(`Invalid parameter chatType: ${String(chatType)}`);
  if (typeof deleteRoam !== "boolean") throw Error(`Invalid parameter deleteRoam: ${String(deleteRoam)}`);
}

/** A conversation of the local copy. */
export function checkSession({ conversationId, conversationType }: Parameters.SessionParams): void {
  if (!["singleChat", "groupChat"].includes(conversationType)) {
    throw Error(`"Invalid parameter conversationType": ${String(conversationType)}`);
  }
  if (typeof conversationId !== "string" || conversationId === "") throw Error('Invalid parameter: "conversationId"');
}

// Validates arguments. Messages and classes of the errors are the official client's.

import { ErrorEvent } from "./errors.js";
import { statusCode } from "./status.js";
import type * as Parameters from "./types/parameters.js";

const CHAT_TYPES = ["singleChat", "groupChat", "chatRoom"];

/** Checks the options of a connection. */
export function checkConnection({ appKey }: Parameters.ConnectionParameters): void {
  if (typeof appKey !== "string" || appKey.split("#").length !== 2) throw Error(`Invalid appKey: ${String(appKey)}`);
}

/** Checks the parameters of `open`. Throws an `ErrorEvent`; the other checks throw an `Error`. */
export function checkOpen(parameters: Parameters.OpenParameters): void {
  const fail = (message: string, type: 0 | 1 = statusCode.WEBIM_CONNCTION_OPEN_ERROR) => {
    throw new ErrorEvent({ type, message });
  };
  if (typeof parameters !== "object" || parameters === null) fail("the param is illegal");
  if (!parameters.user || typeof parameters.user !== "string") {
    fail("the user is empty or type is not string", statusCode.WEBIM_CONNCTION_USER_NOT_ASSIGN_ERROR);
  }
  const { accessToken } = parameters;
  if ("accessToken" in parameters) {
    if (!accessToken || typeof accessToken !== "string") fail("the accessToken is illegal");
  } else if (!parameters.pwd) fail("the accessToken or pwd is illegal");
}

/** Checks the parameters of a page of the server's list. */
export function checkList(parameters: Parameters.ServerConversationsParameters | undefined): void {
  const { pageSize, cursor, includeEmptyConversations } = parameters ?? {};
  if (pageSize && typeof pageSize !== "number") throw Error(`Invalid parameter pageSize: ${String(pageSize)}`);
  if (cursor && typeof cursor !== "string") throw Error(`Invalid parameter cursor: ${String(cursor)}`);
  if (includeEmptyConversations && typeof includeEmptyConversations !== "boolean") {
    throw Error(`Invalid parameter includeEmptyConversations: ${String(includeEmptyConversations)}`);
  }
}

/** Checks the parameters of a page of history. */
export function checkHistory({ targetId, searchOptions = {} }: Parameters.HistoryParameters): void {
  const { from, msgTypes, startTime, endTime } = searchOptions;
  const invalid = (name: string) => Error(`"Invalid parameter": "${name}"`);
  if (typeof targetId !== "string" || targetId === "") throw invalid("targetId");
  if (from && typeof from !== "string") throw invalid("searchOptions.from");
  if (msgTypes && !Array.isArray(msgTypes)) throw invalid("searchOptions.msgTypes");
  if (startTime && typeof startTime !== "number") throw invalid("searchOptions.startTime");
  if (endTime && typeof endTime !== "number") throw invalid("searchOptions.endTime");
}

/** Checks the parameters of a removal. */
export function checkRemoval(parameters: Parameters.RemoveHistoryParameters): void {
  const { targetId, chatType, messageIds, beforeTimeStamp: time } = parameters;
  const invalid = (name: string, value: unknown) => Error(`"Invalid parameter ${name}": ${String(value)}`);
  if (typeof targetId !== "string" || targetId === "") throw invalid("targetId", targetId);
  if (!CHAT_TYPES.includes(chatType)) throw invalid("chatType", chatType);
  if (time && (typeof time !== "number" || time < 0 || String(time).length > 18)) throw invalid("beforeTimeStamp", time);
  if (messageIds && !(Array.isArray(messageIds) && messageIds.length > 0 && messageIds.length <= 20)) {
    throw invalid("messageIds", messageIds);
  }
  if (!messageIds && !time) throw Error("messageIds or beforeTimeStamp field is required.");
}

/** Checks the parameters of a deletion. */
export function checkDeletion({ channel, chatType, deleteRoam }: Parameters.DeleteConversationParameters): void {
  if (typeof channel !== "string") throw Error(`Invalid parameter channel: ${String(channel)}`);
  if (chatType !== "singleChat" && chatType !== "groupChat") throw Error(`Invalid parameter chatType: ${String(chatType)}`);
  if (typeof deleteRoam !== "boolean") throw Error(`Invalid parameter deleteRoam: ${String(deleteRoam)}`);
}

/** Checks the parameters of a pin. */
export function checkPin({ conversationId, conversationType, isPinned }: Parameters.PinConversationParameters): void {
  const invalid = (name: string, value: unknown) => Error(`Invalid parameter ${name}: ${String(value)}`);
  if (typeof conversationId !== "string" || conversationId === "") throw invalid("conversationId", conversationId);
  if (conversationType !== "singleChat" && conversationType !== "groupChat") throw invalid("conversationType", conversationType);
  if (typeof isPinned !== "boolean") throw invalid("isPinned", isPinned);
}

/** Checks the id of a local conversation. */
export function checkSession({ conversationId, conversationType }: Parameters.SessionParams): void {
  if (!["singleChat", "groupChat"].includes(conversationType)) {
    throw Error(`"Invalid parameter conversationType": ${String(conversationType)}`);
  }
  if (typeof conversationId !== "string" || conversationId === "") throw Error('Invalid parameter: "conversationId"');
}

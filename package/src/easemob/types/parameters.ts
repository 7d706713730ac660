// What calls take, in the official client's shapes.

import type { ErrorEvent } from "../errors.js";
import type { AsyncResult, ConversationInfo, DeleteSessionResult, HistoryMessages, LoginResult } from "./conversations.js";
import type { ChatType, MessageType } from "./messages.js";

/** The official client's callbacks, beside the promise of the same. */
interface Callbacks<T> {
  /** Called with what the promise resolves with. */
  success?: (result: T) => void;
  /** Called with what the promise rejects with. */
  error?: (error: ErrorEvent) => void;
}

/** What a connection is made with. */
export interface ConnectionParameters {
  /** `org#app`. */
  appKey: string;
  /** With `isHttpDNS: false`: where REST calls go. */
  apiUrl?: string;
  /** With `isHttpDNS: false`: where the socket is. */
  url?: string;
  /** Whether both are found through the service's host list; true if left out. */
  isHttpDNS?: boolean;
  /** This device's id, as others see it after `webim_web_`; made once and kept if left out. One device has one local copy. */
  deviceId?: string;
  /** Whether addresses of files are handed out as they were sent; false if left out. */
  useOwnUploadFun?: boolean;
}

/** Whose connection to open. */
export interface OpenParameters {
  /** The user's id. */
  user: string;
  /** The user's token. */
  accessToken?: string;
  /** Or the password. */
  pwd?: string;
  /** Never called, as the official client never calls it: await the promise. */
  success?: (result: LoginResult) => void;
  /** Called with what the promise rejects with. */
  error?: (error: ErrorEvent) => void;
}

/** A page of the server's list. */
export interface ServerConversationsParameters {
  /** Conversations a page, 1 to 50; 20 if left out. */
  pageSize?: number;
  /** Where to go on; empty or left out: from the start. */
  cursor?: string;
  /** Whether conversations without messages count; false if left out. */
  includeEmptyConversations?: boolean;
}

/** A page of the list in its older form; without both numbers: the service's default window. */
export interface ConversationlistParameters extends Callbacks<AsyncResult<ConversationInfo>> {
  /** The page's number, from 1. */
  pageNum?: number;
  /** Conversations a page, 1 to 20. */
  pageSize?: number;
}

/** A page of history. */
export interface HistoryParameters {
  /** The other user's id, the group's id or the chat room's id. */
  targetId: string;
  /** What the conversation is with. */
  chatType: ChatType;
  /** Where to go on: a message id, which is not part of the page. -1, null, empty or left out: from the start. */
  cursor?: number | string | null;
  /** Messages a page, 1 to 50; 20 if left out. */
  pageSize?: number;
  /** `up`, towards older messages (the default), or `down`, towards newer ones. */
  searchDirection?: "up" | "down";
  /** Which messages. */
  searchOptions?: {
    /** Only from this sender; only in groups and chat rooms. */
    from?: string;
    /** Only of these kinds. */
    msgTypes?: MessageType[];
    /** Only from this time on, in milliseconds. */
    startTime?: number;
    /** Only up to this time, in milliseconds. */
    endTime?: number;
  };
  /** Called with what the promise resolves with. */
  success?: (result: HistoryMessages) => void;
  /** Called with what the promise rejects with. */
  fail?: (error: ErrorEvent) => void;
}

/** Which messages to remove: by ids, or up to a time. */
export interface RemoveHistoryParameters {
  /** The other user's id, the group's id or the chat room's id. */
  targetId: string;
  /** What the conversation is with. */
  chatType: ChatType;
  /** 1 to 20 message ids. */
  messageIds?: string[];
  /** Everything up to this time, in milliseconds. */
  beforeTimeStamp?: number;
}

/** Which conversation to delete. */
export interface DeleteConversationParameters extends Callbacks<AsyncResult<DeleteSessionResult>> {
  /** The other user's id or the group's id. */
  channel: string;
  /** What the conversation is with. */
  chatType: "singleChat" | "groupChat";
  /** Whether its history goes, too. */
  deleteRoam: boolean;
}

/** A conversation of the local copy. */
export interface SessionParams {
  /** The other user's id or the group's id. */
  conversationId: string;
  /** What the conversation is with. */
  conversationType: "singleChat" | "groupChat";
}

// Parameters of calls in the official client's form.

import type { ErrorEvent } from "../errors.js";
import type { AsyncResult, ConversationInfo, DeleteSessionResult, HistoryMessages, LoginResult } from "./conversations.js";
import type { ChatType, MessageType } from "./messages.js";

/** The official client's callbacks, which are called in addition to the promise. */
interface Callbacks<T> {
  /** Called with the result. */
  success?: (result: T) => void;
  /** Called with the error. */
  error?: (error: ErrorEvent) => void;
}

/** Options of a connection. */
export interface ConnectionParameters {
  /** `org#app`. */
  appKey: string;
  /** The REST server, with `isHttpDNS: false`. */
  apiUrl?: string;
  /** The WebSocket server, with `isHttpDNS: false`. */
  url?: string;
  /** True if both addresses come from the service's host list. Default: true. */
  isHttpDNS?: boolean;
  /**
   * The id of this device, which other devices see after `webim_web_`. By default one is generated and stored. Each device
   * has its own local copy.
   */
  deviceId?: string;
  /** True if the URLs of files are returned as they were sent. Default: false. */
  useOwnUploadFun?: boolean;
}

/** Parameters of `open`. */
export interface OpenParameters {
  /** The user's id. */
  user: string;
  /** The user's token. */
  accessToken?: string;
  /** The user's password, instead of a token. */
  pwd?: string;
  /** Never called, as in the official client. Await the promise instead. */
  success?: (result: LoginResult) => void;
  /** Called with the error. */
  error?: (error: ErrorEvent) => void;
}

/** Parameters of a page of the server's list. */
export interface ServerConversationsParameters {
  /** The number of conversations per page, 1 to 50. Default: 20. */
  pageSize?: number;
  /** The cursor of the previous page. If it is empty or missing, the list starts at its beginning. */
  cursor?: string;
  /** True if conversations without messages are included. Default: false. */
  includeEmptyConversations?: boolean;
}

/** Parameters of a page in the older form of the list. Without both numbers, the service returns its default list. */
export interface ConversationlistParameters extends Callbacks<AsyncResult<ConversationInfo>> {
  /** The number of the page, starting at 1. */
  pageNum?: number;
  /** The number of conversations per page, 1 to 20. */
  pageSize?: number;
}

/** Parameters of a page of history. */
export interface HistoryParameters {
  /** The other user's id, the group's id or the chat room's id. */
  targetId: string;
  /** The type of the conversation. */
  chatType: ChatType;
  /** The id of the message after which the page starts. -1, null, empty or missing: the page starts at the end. */
  cursor?: number | string | null;
  /** The number of messages per page, 1 to 50. Default: 20. */
  pageSize?: number;
  /** `up` (default) towards older messages, or `down` towards newer ones. */
  searchDirection?: "up" | "down";
  /** Filters. */
  searchOptions?: {
    /** Only messages of this sender; for groups and chat rooms. */
    from?: string;
    /** Only messages of these types. */
    msgTypes?: MessageType[];
    /** Only messages since this time, in milliseconds. */
    startTime?: number;
    /** Only messages up to this time, in milliseconds. */
    endTime?: number;
  };
  /** Called with the result. */
  success?: (result: HistoryMessages) => void;
  /** Called with the error. */
  fail?: (error: ErrorEvent) => void;
}

/** Parameters of a removal: by ids, or up to a time. */
export interface RemoveHistoryParameters {
  /** The other user's id, the group's id or the chat room's id. */
  targetId: string;
  /** The type of the conversation. */
  chatType: ChatType;
  /** 1 to 20 message ids. */
  messageIds?: string[];
  /** Removes all messages up to this time, in milliseconds. */
  beforeTimeStamp?: number;
}

/** Parameters of a deletion. */
export interface DeleteConversationParameters extends Callbacks<AsyncResult<DeleteSessionResult>> {
  /** The other user's id or the group's id. */
  channel: string;
  /** The type of the conversation. */
  chatType: "singleChat" | "groupChat";
  /** True if the history is deleted, too. */
  deleteRoam: boolean;
}

/** Parameters of `pinConversation`. */
export interface PinConversationParameters {
  /** The other user's id or the group's id. */
  conversationId: string;
  /** The type of the conversation. */
  conversationType: "singleChat" | "groupChat";
  /** True to pin the conversation, false to unpin it. */
  isPinned: boolean;
}

/** Identifies a conversation of the local copy. */
export interface SessionParams {
  /** The other user's id or the group's id. */
  conversationId: string;
  /** The type of the conversation. */
  conversationType: "singleChat" | "groupChat";
}

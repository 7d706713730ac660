// Conversations and results of calls, in the official client's form.

import type { CustomMsgBody, MessageBody } from "./messages.js";

/** The result of most calls. */
export interface AsyncResult<T> {
  /** Always 0. A failed call rejects. */
  type: 0;
  /** The result. */
  data: T;
}

/** A conversation of the server's list. */
export interface ConversationItem {
  /** The other user's id or the group's id. */
  conversationId: string;
  /** The type of the conversation. Chat rooms count as groups. */
  conversationType: "singleChat" | "groupChat";
  /** True if the conversation is pinned. */
  isPinned: boolean;
  /** The time of the pin, in milliseconds; 0 if the conversation is not pinned. */
  pinnedTime: number;
  /** The latest message; null if there is none. */
  lastMessage: MessageBody | null;
  /** The number of unread messages. */
  unReadCount: number;
  /** The numbers of the conversation's marks. */
  marks: number[];
}

/** A page of the server's list. */
export interface ServerConversations {
  /** Newest activity first. */
  conversations: ConversationItem[];
  /** The cursor of the next page; empty at the end. */
  cursor: string;
}

/** A conversation in the older form of the list. */
export interface ConversationList {
  /** `<org>#<app>_<group>@conference.easemob.com` or `<user>@easemob.com`. */
  channel_id: string;
  /** The number of unread messages. */
  unread_num: number;
  /** The latest message; empty if there is none. */
  lastMessage: ChannelMessage | Record<string, never>;
}

/**
 * A message in the older form of the list. The names of groups and chat rooms and the fields of custom messages are the
 * service's own. The official client's typings call it a `MessageBody`.
 */
export type ChannelMessage = MessageBody extends infer One
  ? One extends MessageBody
    ? Omit<One, "chatType" | "customExts"> & {
        /** The type of the conversation. */
        chatType: "singleChat" | "groupchat" | "chatroom";
      } & (One extends CustomMsgBody
          ? {
              /** The custom fields, one object for each. */
              customExts: Record<string, unknown>[];
            }
          : unknown)
    : never
  : never;

/** The list in the older form. */
export interface ConversationInfo {
  /** Newest activity first. */
  channel_infos: ConversationList[];
}

/** A conversation of the local copy. */
export interface LocalConversationItem {
  /** The other user's id or the group's id. */
  conversationId: string;
  /** The type of the conversation. */
  conversationType: "singleChat" | "groupChat";
  /** The number of unread messages. */
  unReadCount: number;
  /** The latest message, if it is known. */
  lastMessage?: LocalMessageBody;
}

/** A message of the local copy, with the fields that the official client's database adds. */
export type LocalMessageBody = MessageBody & {
  /** The message id. */
  serverMsgId: string;
  /** `<conversationType>-<conversationId>`. */
  sessionId: string;
  /** Always 3: the server has stored the message. */
  status: 3;
};

/** A page of history. */
export interface HistoryMessages {
  /** The `cursor` of the next page; missing at the end. */
  cursor?: string;
  /** In the order of the search direction: newest first with `up`. */
  messages: MessageBody[];
  /** True if there are no more messages in this direction. */
  isLast: boolean;
}

/** The result of `deleteConversation`. */
export interface DeleteSessionResult {
  /** Always `ok`. A failed call rejects. */
  result: "ok";
}

/** The result of `pinConversation`. */
export interface PinConversation {
  /** True if the conversation is pinned now. */
  isPinned: boolean;
  /** The time of the pin, in milliseconds; 0 if the conversation is not pinned. */
  pinnedTime: number;
}

/** The result of `open`. */
export interface LoginResult {
  /** The token of the session; empty after a login by password if the connection has no `apiUrl`. */
  accessToken: string;
  /** The lifetime of the token in seconds. Only set after a login by password. */
  duration?: number;
}

/** The result of `renewToken`. */
export interface NewTokenResult {
  /** Always true. A failed call rejects. */
  status: true;
  /** The new token. */
  token: string;
  /** The time of its expiry, in milliseconds. Missing if the connection has no `apiUrl`. */
  expire?: number;
}

// Conversations and the results of calls, as the official client hands them out.

import type { CustomMsgBody, MessageBody } from "./messages.js";

/** What most calls resolve with. */
export interface AsyncResult<T> {
  /** 0: it worked. What did not work rejects. */
  type: 0;
  /** The result. */
  data: T;
}

/** A conversation of the server's list. */
export interface ConversationItem {
  /** The other user's id or the group's id. */
  conversationId: string;
  /** What the conversation is with; chat rooms count as groups. */
  conversationType: "singleChat" | "groupChat";
  /** Whether it is pinned. */
  isPinned: boolean;
  /** When it was pinned, in milliseconds; 0 where it is not. */
  pinnedTime: number;
  /** Its newest message; null where there is none. */
  lastMessage: MessageBody | null;
  /** How many messages were not read. */
  unReadCount: number;
  /** The numbers of its marks. */
  marks: number[];
}

/** A page of the server's list. */
export interface ServerConversations {
  /** Newest activity first. */
  conversations: ConversationItem[];
  /** Where the next page starts; empty at the end. */
  cursor: string;
}

/** A conversation in the older form of the list. */
export interface ConversationList {
  /** `<org>#<app>_<group>@conference.easemob.com` or `<user>@easemob.com`. */
  channel_id: string;
  /** How many messages were not read. */
  unread_num: number;
  /** Its newest message; empty where there is none. */
  lastMessage: ChannelMessage | Record<string, never>;
}

/**
 * A message in the older form of the list, where groups, chat rooms and the fields of custom messages are as the service
 * has them. The official client's typings call it a `MessageBody`.
 */
export type ChannelMessage = MessageBody extends infer One
  ? One extends MessageBody
    ? Omit<One, "chatType" | "customExts"> & {
        /** What the conversation is with. */
        chatType: "singleChat" | "groupchat" | "chatroom";
      } & (One extends CustomMsgBody
          ? {
              /** Its fields, one an object. */
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
  /** What the conversation is with. */
  conversationType: "singleChat" | "groupChat";
  /** How many messages were not read. */
  unReadCount: number;
  /** Its newest message, where one is known. */
  lastMessage?: LocalMessageBody;
}

/** A message of the local copy, with what the official client's database adds to it. */
export type LocalMessageBody = MessageBody & {
  /** The message id. */
  serverMsgId: string;
  /** `<conversationType>-<conversationId>`. */
  sessionId: string;
  /** 3: the server has it. */
  status: 3;
};

/** A page of history. */
export interface HistoryMessages {
  /** The `cursor` of the next page; missing at the end. */
  cursor?: string;
  /** In walking order: newest first with `up`. */
  messages: MessageBody[];
  /** Whether the walk ends here. */
  isLast: boolean;
}

/** What deleting a conversation resolves with. */
export interface DeleteSessionResult {
  /** It worked. */
  result: "ok";
}

/** What `open` resolves with. */
export interface LoginResult {
  /** The token of the session; empty after a login by password without an `apiUrl`. */
  accessToken: string;
  /** How long the token lives, in seconds; only after a login by password. */
  duration?: number;
}

/** What `renewToken` resolves with. */
export interface NewTokenResult {
  /** It worked. */
  status: true;
  /** The new token. */
  token: string;
  /** When its life is over, in milliseconds; missing where the connection has no `apiUrl`. */
  expire?: number;
}

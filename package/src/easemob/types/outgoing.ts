// The message that marks a conversation as read, in the official client's form.

import type { ChatType } from "./messages.js";

/** Parameters of `message.create`. */
export interface CreateChannelMsgParameters {
  /** The type of the message. */
  type: "channel";
  /** The type of the conversation. */
  chatType: ChatType;
  /** The other user's id, the group's id or the chat room's id. */
  to: string;
  /** Not used: the sender is always the connection's user. */
  from?: string;
}

/** The message that marks a conversation as read. */
export interface ChannelMsgBody extends CreateChannelMsgParameters {
  /** A local id. */
  id: string;
  /** The time of its creation, in milliseconds. */
  time: number;
}

/** The result of `send`. */
export interface SendMsgResult {
  /** The `id` of the message. */
  localMsgId: string;
  /** Empty: the read is stored here, and the server gets it when the session is up. */
  serverMsgId: string;
}

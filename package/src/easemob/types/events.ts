// Events in the official client's form.

import type { ErrorEvent } from "../errors.js";
import type * as Message from "./messages.js";

/** Another device of the user removed messages. The local copy has already dropped them. */
export interface RoamingDeleteMultiDeviceInfo {
  operation: "deleteRoaming";
  /** The id of the conversation. */
  conversationId: string;
  /** The type of the conversation. Chat rooms count as groups. */
  chatType: "singleChat" | "groupChat";
  /** The device that removed them. */
  resource: string;
}

/** Another device of the user deleted a conversation. The local copy has already dropped it. */
export interface ConversationChangedInfo {
  operation: "deleteConversation";
  /** The id of the conversation. */
  conversationId: string;
  /** The type of the conversation. Chat rooms count as groups. */
  conversationType: "singleChat" | "groupChat";
  /** The time of the deletion, in milliseconds. */
  timestamp: number;
}

/** An action of another device. `operation` is its kind. */
export type MultiDeviceEvent = RoamingDeleteMultiDeviceInfo | ConversationChangedInfo;

/** Callbacks for events. */
export interface EventHandlerType {
  /** The session was connected or reconnected. */
  onConnected?: () => void;
  /** The connection was lost. The client reconnects by itself. */
  onReconnecting?: () => void;
  /** The session has ended: by the server, or, without a reason, by `close`. */
  onDisconnected?: (reason?: ErrorEvent) => void;
  /** An error occurred that belongs to no call, or the login was refused. */
  onError?: (error: ErrorEvent) => void;
  /** The browser went offline. */
  onOffline?: () => void;
  /** The browser went online. */
  onOnline?: () => void;
  /** 80 % of the token's lifetime are over. Call `renewToken`. */
  onTokenWillExpire?: () => void;
  /** The token has expired. */
  onTokenExpired?: () => void;
  /** Another device of the user removed messages or deleted a conversation. */
  onMultiDeviceEvent?: (event: MultiDeviceEvent) => void;
  /** Messages arrived, commands excluded. Those that arrived together are in one array. */
  onMessage?: (messages: Message.ExcludeAckMessageBody[]) => void;
  /** A text arrived. */
  onTextMessage?: (message: Message.TextMsgBody) => void;
  /** An image arrived. */
  onImageMessage?: (message: Message.ImgMsgBody) => void;
  /** A voice message arrived. */
  onAudioMessage?: (message: Message.AudioMsgBody) => void;
  /** A video arrived. */
  onVideoMessage?: (message: Message.VideoMsgBody) => void;
  /** A file arrived. */
  onFileMessage?: (message: Message.FileMsgBody) => void;
  /** A location arrived. */
  onLocationMessage?: (message: Message.LocationMsgBody) => void;
  /** A command arrived. */
  onCmdMessage?: (message: Message.CmdMsgBody) => void;
  /** A custom message arrived. */
  onCustomMessage?: (message: Message.CustomMsgBody) => void;
  /** A combined message arrived. */
  onCombineMessage?: (message: Message.CombineMsgBody) => void;
}

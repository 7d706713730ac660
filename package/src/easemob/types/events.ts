// Events, as the official client hands them out.

import type { ErrorEvent } from "../errors.js";
import type * as Message from "./messages.js";

/** Messages were removed on another device of the user; the local copy has dropped them already. */
export interface RoamingDeleteMultiDeviceInfo {
  operation: "deleteRoaming";
  /** Where. */
  conversationId: string;
  /** What that conversation is with; chat rooms count as groups. */
  chatType: "singleChat" | "groupChat";
  /** The device that removed them. */
  resource: string;
}

/** A conversation was deleted on another device of the user; the local copy has dropped it already. */
export interface ConversationChangedInfo {
  operation: "deleteConversation";
  /** Which. */
  conversationId: string;
  /** What it was with; chat rooms count as groups. */
  conversationType: "singleChat" | "groupChat";
  /** When, in milliseconds. */
  timestamp: number;
}

/** What another device did; `operation` tells which. */
export type MultiDeviceEvent = RoamingDeleteMultiDeviceInfo | ConversationChangedInfo;

/** Functions to call when something happens. */
export interface EventHandlerType {
  /** The session is up, for the first time or again. */
  onConnected?: () => void;
  /** The connection was lost, and is sought again. */
  onReconnecting?: () => void;
  /** The session is over: closed here, without a reason, or ended by the server. */
  onDisconnected?: (reason?: ErrorEvent) => void;
  /** Something went wrong that belongs to no call, or the login was refused. */
  onError?: (error: ErrorEvent) => void;
  /** The network went. */
  onOffline?: () => void;
  /** The network came. */
  onOnline?: () => void;
  /** Four fifths of the token's life are over: call `renewToken`. */
  onTokenWillExpire?: () => void;
  /** The token's life is over. */
  onTokenExpired?: () => void;
  /** Another device of the user did something. */
  onMultiDeviceEvent?: (event: MultiDeviceEvent) => void;
  /** Messages came, commands not among them: those that came together in one array. */
  onMessage?: (messages: Message.ExcludeAckMessageBody[]) => void;
  /** A text came. */
  onTextMessage?: (message: Message.TextMsgBody) => void;
  /** A picture came. */
  onImageMessage?: (message: Message.ImgMsgBody) => void;
  /** A voice recording came. */
  onAudioMessage?: (message: Message.AudioMsgBody) => void;
  /** A video came. */
  onVideoMessage?: (message: Message.VideoMsgBody) => void;
  /** Another file came. */
  onFileMessage?: (message: Message.FileMsgBody) => void;
  /** A place came. */
  onLocationMessage?: (message: Message.LocationMsgBody) => void;
  /** A command came. */
  onCmdMessage?: (message: Message.CmdMsgBody) => void;
  /** A message of the application's own kind came. */
  onCustomMessage?: (message: Message.CustomMsgBody) => void;
  /** A combined message came. */
  onCombineMessage?: (message: Message.CombineMsgBody) => void;
}

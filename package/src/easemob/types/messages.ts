// Messages in the official client's form.

/** The type of a conversation. */
export type ChatType = "singleChat" | "groupChat" | "chatRoom";

/** The type of a message. */
export type MessageType = MessageBody["type"];

/** The fields of every message. */
interface Common {
  /** The message id: up to 20 digits, too many for a JS number. */
  id: string;
  /** The type of the conversation. */
  chatType: ChatType;
  /** The sender's user id. */
  from: string;
  /** The receiver: a user id, group id or chat room id. */
  to: string;
  /** The time at which the server accepted the message, in milliseconds. */
  time: number;
  /** The sender's own fields. */
  ext: Record<string, unknown>;
  /** 3, or 1 in a chat room: it is unknown whether the user was online at the arrival. Missing in lists. */
  onlineState?: number;
  /** Only in chat rooms; always `normal`. */
  priority?: "high" | "normal" | "low";
  /** Only in chat rooms; always false. */
  broadcast?: boolean;
}

/** The fields of messages with a file. */
interface Attachment extends Common {
  /** The URL of the file, at the connection's `apiUrl`. */
  url: string;
  /** The secret that a download needs (`share-secret`); may be empty. */
  secret: string;
  /** The size of the file in bytes; 0 if it is unknown. */
  file_length: number;
}

/** The fields of messages with a named file. */
interface NamedFile extends Attachment {
  /** The file's name. */
  filename: string;
  /** Always empty for a received message. */
  file: Record<string, never>;
  /** The value of `ext.file_type` in lists; empty elsewhere. */
  filetype: string;
  /** The connection's token, which a download needs. Missing in lists. */
  accessToken?: string;
}

/** A text. */
export interface TextMsgBody extends Common {
  type: "txt";
  /** The text as the sender wrote it. */
  msg: string;
}

/** An image. */
export interface ImgMsgBody extends Attachment {
  type: "img";
  /** The width in pixels; 0 if it is unknown. */
  width: number;
  /** The height in pixels; 0 if it is unknown. */
  height: number;
  /** The URL of a thumbnail. */
  thumb: string;
  /** The secret that a download of the thumbnail needs; may be empty. */
  thumb_secret: string;
  /** Only in lists, and always empty. */
  file?: Record<string, never>;
  /** Only in lists, and always false. */
  isGif?: boolean;
}

/** A voice message. */
export interface AudioMsgBody extends NamedFile {
  type: "audio";
  /** The duration in seconds. */
  length: number;
}

/** A video. */
export interface VideoMsgBody extends NamedFile {
  type: "video";
  /** The duration in seconds. */
  length: number;
  /** The URL of a still image; may be empty. */
  thumb: string;
  /** The secret that a download of the thumbnail needs; may be empty. */
  thumb_secret: string;
}

/** Any other file. */
export interface FileMsgBody extends NamedFile {
  type: "file";
  /** Always 0. Missing in lists. */
  length?: number;
}

/** A location. */
export interface LocationMsgBody extends Common {
  type: "loc";
  /** The address. */
  addr: string;
  /** The building's name; may be empty. */
  buildingName: string;
  /** Latitude in degrees. */
  lat: number;
  /** Longitude in degrees. */
  lng: number;
}

/** A command for the application, not shown to users. */
export interface CmdMsgBody extends Common {
  type: "cmd";
  /** The action of the command. */
  action: string;
}

/** A custom message of the application. */
export interface CustomMsgBody extends Common {
  type: "custom";
  /** The application's name for the kind of message. */
  customEvent: string;
  /** The custom fields. */
  customExts: Record<string, unknown>;
  /** Always empty. Missing in lists. */
  params?: Record<string, never>;
}

/** Several messages forwarded as one. */
export interface CombineMsgBody extends Attachment {
  type: "combine";
  /** The name of the file with the messages. */
  filename: string;
  /** The title. */
  title: string;
  /** A summary of the forwarded messages. */
  summary: string;
  /** The text that clients without support for combined messages show. */
  compatibleText: string;
  /** The nesting depth of combined messages. */
  combineLevel: number;
}

/** A message of any type. */
export type MessageBody =
  | TextMsgBody
  | ImgMsgBody
  | AudioMsgBody
  | VideoMsgBody
  | FileMsgBody
  | LocationMsgBody
  | CmdMsgBody
  | CustomMsgBody
  | CombineMsgBody;

/** Another name of `MessageBody` in the official client. */
export type MessagesType = MessageBody;

/** A message that is shown to users: any type except a command. */
export type ExcludeAckMessageBody = Exclude<MessageBody, CmdMsgBody>;

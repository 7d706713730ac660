// Messages, as the official client hands them out.

/** What a conversation is with. */
export type ChatType = "singleChat" | "groupChat" | "chatRoom";

/** The kinds of messages. */
export type MessageType = MessageBody["type"];

/** What every message has. */
interface Common {
  /** The message id: up to 20 digits, too many for a JS number. */
  id: string;
  /** What the conversation is with. */
  chatType: ChatType;
  /** The sender's user id. */
  from: string;
  /** The receiver: a user id, group id or chat room id. */
  to: string;
  /** When the server took it, in milliseconds. */
  time: number;
  /** The sender's own fields. */
  ext: Record<string, unknown>;
  /** 3, or 1 in a chat room: whether it came while the user was online is not known. Missing in lists. */
  onlineState?: number;
  /** Only in chat rooms; always `normal`. */
  priority?: "high" | "normal" | "low";
  /** Only in chat rooms; always false. */
  broadcast?: boolean;
}

/** What messages with a file have. */
interface Attachment extends Common {
  /** Where the file is, at the connection's `apiUrl`. */
  url: string;
  /** What a download must show (`share-secret`); may be empty. */
  secret: string;
  /** Its length in bytes; 0 where it is not known. */
  file_length: number;
}

/** What messages with a file that was named have. */
interface NamedFile extends Attachment {
  /** The file's name. */
  filename: string;
  /** Always empty here: it is the sender's. */
  file: Record<string, never>;
  /** In lists what `ext.file_type` says; else empty. */
  filetype: string;
  /** The connection's token, which a download needs. Missing in lists. */
  accessToken?: string;
}

/** Text. */
export interface TextMsgBody extends Common {
  type: "txt";
  /** The text, as written. */
  msg: string;
}

/** A picture. */
export interface ImgMsgBody extends Attachment {
  type: "img";
  /** Width in pixels; 0 where it is not known. */
  width: number;
  /** Height in pixels; 0 where it is not known. */
  height: number;
  /** Where a small version is. */
  thumb: string;
  /** What its download must show; may be empty. */
  thumb_secret: string;
  /** Only in lists, and always empty: it is the sender's. */
  file?: Record<string, never>;
  /** Only in lists, and always false. */
  isGif?: boolean;
}

/** A voice recording. */
export interface AudioMsgBody extends NamedFile {
  type: "audio";
  /** How long it plays, in seconds. */
  length: number;
}

/** A video. */
export interface VideoMsgBody extends NamedFile {
  type: "video";
  /** How long it plays, in seconds. */
  length: number;
  /** Where a still picture is; may be empty. */
  thumb: string;
  /** What its download must show; may be empty. */
  thumb_secret: string;
}

/** Any other file. */
export interface FileMsgBody extends NamedFile {
  type: "file";
  /** Always 0. Missing in lists. */
  length?: number;
}

/** A place. */
export interface LocationMsgBody extends Common {
  type: "loc";
  /** Its address. */
  addr: string;
  /** The building's name; may be empty. */
  buildingName: string;
  /** Latitude in degrees. */
  lat: number;
  /** Longitude in degrees. */
  lng: number;
}

/** A command for the application; not shown to people. */
export interface CmdMsgBody extends Common {
  type: "cmd";
  /** What to do. */
  action: string;
}

/** An application's own kind. */
export interface CustomMsgBody extends Common {
  type: "custom";
  /** Its kind. */
  customEvent: string;
  /** Its fields. */
  customExts: Record<string, unknown>;
  /** Always empty. Missing in lists. */
  params?: Record<string, never>;
}

/** Several messages forwarded as one. */
export interface CombineMsgBody extends Attachment {
  type: "combine";
  /** The name of the file with the messages. */
  filename: string;
  /** Heading. */
  title: string;
  /** Short form of what is inside. */
  summary: string;
  /** What clients that do not know this kind show. */
  compatibleText: string;
  /** How often combined messages are nested. */
  combineLevel: number;
}

/** A message; `type` tells which kind it is. */
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

/** A message; the same under another of the official client's names. */
export type MessagesType = MessageBody;

/** A message that is shown to people. */
export type ExcludeAckMessageBody = Exclude<MessageBody, CmdMsgBody>;

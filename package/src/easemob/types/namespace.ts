// The namespace of the official client's typings: `EasemobChat.TextMsgBody` and so on.

export type { Connection } from "../connection.js";
export type { ErrorEvent, ErrorParameters } from "../errors.js";
export type { Code } from "../status.js";
export type * from "./index.js";

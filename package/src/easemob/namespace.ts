// The types under the name that the official client's typings give them: `EasemobChat.TextMsgBody` and so on.

export type { Connection } from "./connection.js";
export type { ErrorEvent, ErrorParameters } from "./errors.js";
export type { Code } from "./status.js";
export type * from "./types.js";

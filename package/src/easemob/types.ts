// The official client's data types.

export type * from "./types/messages.js";
export type * from "./types/context.js";
export type * from "./types/conversations.js";
export type * from "./types/events.js";
export type * from "./types/parameters.js";

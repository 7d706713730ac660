// What goes in and comes out, in the official client's shapes.

export type * from "./types/messages.js";
export type * from "./types/context.js";
export type * from "./types/conversations.js";
export type * from "./types/events.js";
export type * from "./types/parameters.js";

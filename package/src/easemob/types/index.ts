// The official client's data types.

export type * from "./messages.js";
export type * from "./context.js";
export type * from "./conversations.js";
export type * from "./events.js";
export type * from "./outgoing.js";
export type * from "./parameters.js";

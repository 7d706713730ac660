// The entry `roamkit/easemob`: the names and data shapes of the official web client, implemented with RoamKit.

import { Connection } from "./easemob/connection.js";
import { message } from "./easemob/outgoing.js";
import { statusCode } from "./easemob/status.js";

export { default as init } from "./roamkit.js";
export type { InitInput } from "./roamkit.js";
export { Connection, Connection as connection } from "./easemob/connection.js";
export { ErrorEvent } from "./easemob/errors.js";
export type { ErrorParameters } from "./easemob/errors.js";
export { statusCode } from "./easemob/status.js";
export type { Code } from "./easemob/status.js";
export type * from "./easemob/types/index.js";
export type * as EasemobChat from "./easemob/types/namespace.js";

/** The part of the official client's default export that RoamKit implements. */
export interface EasemobChatStatic {
  /** The class of connections: `new websdk.connection({ appKey })`. */
  connection: typeof Connection;
  /** The values of an error's `type`, by name. */
  statusCode: typeof statusCode;
  /** Creates the message that marks a conversation as read. */
  message: typeof message;
}

/**
 * The part of the official client's default export that RoamKit implements.
 *
 * @example
 * ```ts
 * import websdk from "roamkit/easemob"; // was: from "easemob-websdk"
 *
 * const conn = new websdk.connection({ appKey: "org#app" });
 * conn.addEventHandler("list", { onMultiDeviceEvent: (event) => console.log(event.operation, event.conversationId) });
 * await conn.open({ user: "alice", accessToken });
 * const { data } = await conn.getServerConversations({ pageSize: 50, cursor: "" });
 * ```
 */
const websdk: EasemobChatStatic = { connection: Connection, statusCode, message };

export default websdk;

// Errors in the official client's numbers.

import { RoamError } from "../roamkit.js";
import { statusCode } from "./status.js";
import type { Code } from "./status.js";

/** What an error is made of. */
export interface ErrorParameters {
  /** Which kind of error. */
  type: Code;
  /** What happened, in words. */
  message: string;
  /** RoamKit's own error, or what the server said. */
  data?: unknown;
}

/** What calls reject with and `onError` gets. A wrong argument is an `Error` of the platform's instead. */
export class ErrorEvent {
  /** Which kind of error. */
  type: Code;
  /** What happened, in words. */
  message: string;
  /** RoamKit's own error, or what the server said. */
  data?: unknown;

  /** For those who make errors of the same form. */
  constructor({ type, message, data }: ErrorParameters) {
    this.type = type;
    this.message = message;
    this.data = data;
  }

  /** The same as `new`. */
  static create(parameters: ErrorParameters): ErrorEvent {
    return new ErrorEvent(parameters);
  }
}

/** What RoamKit's codes are called there, for calls. */
const CALLS: Record<number, Code> = {
  1: statusCode.REQUEST_UNKNOWN,
  2: statusCode.REQUEST_UNKNOWN,
  3: statusCode.LOCAL_DB_OPERATION_FAILED,
  4: statusCode.MAX_LIMIT,
  102: statusCode.WEBIM_CONNCTION_OPEN_ERROR,
  104: statusCode.NO_PERMISSION,
  108: statusCode.NO_PERMISSION,
  201: statusCode.REST_PARAMS_STATUS,
  202: statusCode.WEBIM_CONNCTION_AUTH_ERROR,
  204: statusCode.USER_NOT_FOUND,
  206: statusCode.WEBIM_CONNCTION_USER_LOGIN_ANOTHER_DEVICE,
  207: statusCode.WEBIM_CONNCTION_USER_REMOVED,
  210: statusCode.PERMISSION_DENIED,
  214: statusCode.USER_LOGIN_TOO_MANY_DEVICES,
  216: statusCode.WEBIM_CONNCTION_USER_KICKED_BY_CHANGE_PASSWORD,
  217: statusCode.WEBIM_CONNCTION_USER_KICKED_BY_OTHER_DEVICE,
  300: statusCode.WEBIM_CONNCTION_DISCONNECTED,
  301: statusCode.REQUEST_TIMEOUT,
  302: statusCode.SERVER_BUSY,
  304: statusCode.SERVER_GET_DNSLIST_FAILED,
  500: statusCode.WEBIM_LOAD_MSG_ERROR,
  505: statusCode.SERVICE_NOT_ENABLED,
  602: statusCode.GROUP_NOT_JOINED,
  // The official client takes a group that these calls do not find for a chat room.
  605: statusCode.CHATROOM_NOT_EXIST,
};

/** The official client says something else of these where a session is concerned, and always the same words. */
const SESSIONS: Record<number, [Code, string]> = {
  104: [statusCode.WEBIM_CONNCTION_TOKEN_NOT_ASSIGN_ERROR, "INVALID_TOKEN"],
  108: [statusCode.WEBIM_TOKEN_EXPIRED, "Sorry, token expired"],
  110: [statusCode.REQUEST_PARAMETER_ERROR, "Invalid parameter"],
  202: [statusCode.WEBIM_CONNCTION_AUTH_ERROR, "Auth failed"],
  204: [statusCode.USER_NOT_FOUND, "User not found"],
  206: [statusCode.WEBIM_CONNCTION_USER_LOGIN_ANOTHER_DEVICE, "the user is already logged on another device"],
  207: [statusCode.WEBIM_CONNCTION_USER_REMOVED, "user has been removed"],
  210: [statusCode.WEBIM_CONNCTION_AUTH_ERROR, "Auth failed"],
  214: [
    statusCode.USER_LOGIN_TOO_MANY_DEVICES,
    "the number of devices the user is logged in to exceeds the limit",
  ],
  216: [statusCode.WEBIM_CONNCTION_USER_KICKED_BY_CHANGE_PASSWORD, "the user was kicked by changing password"],
  217: [statusCode.WEBIM_CONNCTION_USER_KICKED_BY_OTHER_DEVICE, "the user was kicked by other device"],
  300: [statusCode.WEBIM_CONNCTION_DISCONNECTED, "websocket has been disconnected"],
  505: [statusCode.WEBIM_SERVER_SERVING_DISABLED, "Server serving disabled."],
};

/** An error of a call, in the official client's form. What is no error of RoamKit's stays as it is. */
export function callError(error: unknown): unknown {
  if (!(error instanceof RoamError)) return error;
  const type = CALLS[error.code] ?? statusCode.WEBIM_CONNCTION_AJAX_ERROR;
  return new ErrorEvent({ type, message: error.message, data: error });
}

/** What ended a session or kept it from coming up. */
export function sessionError(code: number, reason: string): ErrorEvent {
  // The service has one code for both; only its words tell a token that is not the user's.
  if (code === 202 && reason.includes("does not match")) code = 104;
  const [type, message] = SESSIONS[code] ?? [CALLS[code] ?? statusCode.WEBIM_CONNCTION_AUTH_ERROR, reason];
  return new ErrorEvent({ type, message });
}

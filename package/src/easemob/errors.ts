// Errors with the official client's codes.

import { RoamError } from "../roamkit.js";
import { statusCode } from "./status.js";
import type { Code } from "./status.js";

/** The fields of an error. */
export interface ErrorParameters {
  /** The code of the error. */
  type: Code;
  /** A description of the error. */
  message: string;
  /** RoamKit's own error, or the server's answer. */
  data?: unknown;
}

/** The error with which calls reject, and which `onError` receives. An invalid argument causes a plain `Error` instead. */
export class ErrorEvent {
  /** The code of the error. */
  type: Code;
  /** A description of the error. */
  message: string;
  /** RoamKit's own error, or the server's answer. */
  data?: unknown;

  /** Creates an error. */
  constructor({ type, message, data }: ErrorParameters) {
    this.type = type;
    this.message = message;
    this.data = data;
  }

  /** Creates an error, like `new`. */
  static create(parameters: ErrorParameters): ErrorEvent {
    return new ErrorEvent(parameters);
  }
}

/** The official client's code for each code of RoamKit, for calls. */
const CALL_CODES: Record<number, Code> = {
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
  // The official client reports a missing group as a missing chat room.
  605: statusCode.CHATROOM_NOT_EXIST,
};

/** The codes and fixed messages that the official client uses for sessions. */
const SESSION_ERRORS: Record<number, [Code, string]> = {
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

/** Converts an error of a call. Returns other values than a `RoamError` unchanged. */
export function callError(error: unknown): unknown {
  if (!(error instanceof RoamError)) return error;
  // RoamKit has no code of its own for this answer.
  const isMissing = error.code === 303 && error.message.includes("conversation does not exist");
  const other = isMissing ? statusCode.CONVERSATION_NOT_EXIST : statusCode.WEBIM_CONNCTION_AJAX_ERROR;
  const type = CALL_CODES[error.code] ?? other;
  return new ErrorEvent({ type, message: error.message, data: error });
}

/** Creates the error for a session that ended or could not start. */
export function sessionError(code: number, reason: string): ErrorEvent {
  // The service has the same code for a refused login and for another user's token. Only the message differs.
  if (code === 202 && reason.includes("does not match")) code = 104;
  const [type, message] = SESSION_ERRORS[code] ?? [CALL_CODES[code] ?? statusCode.WEBIM_CONNCTION_AUTH_ERROR, reason];
  return new ErrorEvent({ type, message });
}

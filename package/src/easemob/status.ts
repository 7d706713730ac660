// The official client's status codes.

/** The values of an error's `type` by the official client's names: those that RoamKit uses. */
export const statusCode = {
  /** The call succeeded. */
  REQUEST_SUCCESS: 0,
  /** The request timed out. */
  REQUEST_TIMEOUT: -1,
  /** The request failed, or the reason is unknown. */
  REQUEST_UNKNOWN: -2,
  /** The server rejected the parameters of the login. */
  REQUEST_PARAMETER_ERROR: -3,
  /** `open` was called without a user. It has the same value as success, and occurs only in rejections of `open`. */
  WEBIM_CONNCTION_USER_NOT_ASSIGN_ERROR: 0,
  /** The login failed: a wrong password, an unknown user, invalid parameters, or another login in progress. */
  WEBIM_CONNCTION_OPEN_ERROR: 1,
  /** The server refused the login. */
  WEBIM_CONNCTION_AUTH_ERROR: 2,
  /** The socket could not be connected. */
  WEBIM_CONNCTION_DISCONNECTED: 16,
  /** The server refused a request, or its answer was invalid. */
  WEBIM_CONNCTION_AJAX_ERROR: 17,
  /** There is no token, or it belongs to another user. */
  WEBIM_CONNCTION_TOKEN_NOT_ASSIGN_ERROR: 28,
  /** A limit of the service was exceeded. */
  MAX_LIMIT: 50,
  /** The server does not accept the token. */
  NO_PERMISSION: 52,
  /** The token had expired at the login. */
  WEBIM_TOKEN_EXPIRED: 56,
  /** The app is not allowed to use the service. */
  WEBIM_SERVER_SERVING_DISABLED: 57,
  /** The user does not exist. */
  USER_NOT_FOUND: 204,
  /** Another device replaced this one. */
  WEBIM_CONNCTION_USER_LOGIN_ANOTHER_DEVICE: 206,
  /** The account was removed. */
  WEBIM_CONNCTION_USER_REMOVED: 207,
  /** The connection is already open. */
  WEBIM_USER_ALREADY_LOGIN: 208,
  /** The user is online on as many devices as the service allows. */
  USER_LOGIN_TOO_MANY_DEVICES: 214,
  /** The password was changed elsewhere. */
  WEBIM_CONNCTION_USER_KICKED_BY_CHANGE_PASSWORD: 216,
  /** Another device ended this session. */
  WEBIM_CONNCTION_USER_KICKED_BY_OTHER_DEVICE: 217,
  /** The service's host list could not be fetched. */
  SERVER_GET_DNSLIST_FAILED: 304,
  /** The server is busy. */
  SERVER_BUSY: 500,
  /** The feature is not enabled for the app. */
  SERVICE_NOT_ENABLED: 505,
  /** The user is not in the group. */
  GROUP_NOT_JOINED: 602,
  /** The user lacks the permission. */
  PERMISSION_DENIED: 603,
  /** A received message could not be decoded. */
  WEBIM_LOAD_MSG_ERROR: 604,
  /** A call was made without a session. Call `open` first. */
  REST_PARAMS_STATUS: 700,
  /** The group or chat room does not exist. */
  CHATROOM_NOT_EXIST: 705,
  /** The local copy could not be read or written. */
  LOCAL_DB_OPERATION_FAILED: 800,
  /** The conversation is not in the server's list. */
  CONVERSATION_NOT_EXIST: 1400,
} as const;

/** One of the status codes. */
export type Code = (typeof statusCode)[keyof typeof statusCode];

// The official client's numbers for what went wrong.

/** The numbers that errors have as their `type`, by the official client's names, as far as they come up here. */
export const statusCode = {
  /** Nothing went wrong. */
  REQUEST_SUCCESS: 0,
  /** No answer came in time. */
  REQUEST_TIMEOUT: -1,
  /** A request did not get through, or nothing more precise is known. */
  REQUEST_UNKNOWN: -2,
  /** The server did not understand the login. */
  REQUEST_PARAMETER_ERROR: -3,
  /** `open` was given no user. The same number as success: it comes only with what `open` rejects with. */
  WEBIM_CONNCTION_USER_NOT_ASSIGN_ERROR: 0,
  /** The login failed: a wrong password, an unknown user, wrong parameters, or one that is under way. */
  WEBIM_CONNCTION_OPEN_ERROR: 1,
  /** The server refused the login. */
  WEBIM_CONNCTION_AUTH_ERROR: 2,
  /** The socket did not come up. */
  WEBIM_CONNCTION_DISCONNECTED: 16,
  /** The server refused a request, or answered what makes no sense. */
  WEBIM_CONNCTION_AJAX_ERROR: 17,
  /** There is no token, or it is not the user's. */
  WEBIM_CONNCTION_TOKEN_NOT_ASSIGN_ERROR: 28,
  /** More was asked for than the service gives. */
  MAX_LIMIT: 50,
  /** The server does not take the token. */
  NO_PERMISSION: 52,
  /** The token's life was over at the login. */
  WEBIM_TOKEN_EXPIRED: 56,
  /** The app may not use the service. */
  WEBIM_SERVER_SERVING_DISABLED: 57,
  /** There is no such user. */
  USER_NOT_FOUND: 204,
  /** Another device took this one's place. */
  WEBIM_CONNCTION_USER_LOGIN_ANOTHER_DEVICE: 206,
  /** The account was removed. */
  WEBIM_CONNCTION_USER_REMOVED: 207,
  /** The connection is open already. */
  WEBIM_USER_ALREADY_LOGIN: 208,
  /** The user is online on as many devices as the service allows. */
  USER_LOGIN_TOO_MANY_DEVICES: 214,
  /** The password was changed elsewhere. */
  WEBIM_CONNCTION_USER_KICKED_BY_CHANGE_PASSWORD: 216,
  /** Another device ended this session. */
  WEBIM_CONNCTION_USER_KICKED_BY_OTHER_DEVICE: 217,
  /** The service's host list could not be had. */
  SERVER_GET_DNSLIST_FAILED: 304,
  /** The server asks to come back later. */
  SERVER_BUSY: 500,
  /** The service does not offer this to the app. */
  SERVICE_NOT_ENABLED: 505,
  /** The user is not in the group. */
  GROUP_NOT_JOINED: 602,
  /** The user may not do that. */
  PERMISSION_DENIED: 603,
  /** A message came that could not be read. */
  WEBIM_LOAD_MSG_ERROR: 604,
  /** A call came without a session: `open` first. */
  REST_PARAMS_STATUS: 700,
  /** There is no such group or chat room. */
  CHATROOM_NOT_EXIST: 705,
  /** The local copy could not be read or written. */
  LOCAL_DB_OPERATION_FAILED: 800,
} as const;

/** One of those numbers. */
export type Code = (typeof statusCode)[keyof typeof statusCode];

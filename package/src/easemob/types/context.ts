// The state of a session.

/** A user on a device. */
export interface Jid {
  /** `org#app`. */
  appKey: string;
  /** The id of the device. */
  clientResource: string;
  /** The service's domain. */
  domain: string;
  /** The user's id. */
  name: string;
}

/** The official client's `connection.context`. */
export interface Context {
  /** The user on this device. */
  jid: Jid;
  /** The user's id. */
  userId: string;
  /** `org#app`. */
  appKey: string;
  /** The part of the app key before the `#`. */
  orgName: string;
  /** The part of the app key after the `#`. */
  appName: string;
  /** The token; empty after `close`, and after a login by password without an `apiUrl`. */
  accessToken: string;
  /** The token of the last login. */
  restTokenData: string;
}

// What is known of a session, for those who read it.

/** A user on a device. */
export interface Jid {
  /** `org#app`. */
  appKey: string;
  /** The device. */
  clientResource: string;
  /** The service's. */
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
  /** The part before the `#`. */
  orgName: string;
  /** The part after it. */
  appName: string;
  /** The token; empty after `close`, and after a login by password without an `apiUrl`. */
  accessToken: string;
  /** The token of the last login. */
  restTokenData: string;
}

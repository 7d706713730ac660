// What is known of a session, for those who read it.

/** The official client's `connection.context`. */
export interface Context {
  /** The user on this device. */
  jid: { appKey: string; clientResource: string; domain: string; name: string };
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

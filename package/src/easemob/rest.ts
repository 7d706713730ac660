// Two REST calls whose results the official client returns and RoamKit does not: the token of a login by password, and a
// token's expiry. Both need the address of the REST server.

import { ErrorEvent } from "./errors.js";
import { statusCode } from "./status.js";

/** The server's answer to a login. */
interface TokenAnswer {
  access_token: string;
  expires_in: number;
}

/** Logs in by password. `base` is the REST server's address with the app's path. */
export async function fetchToken(base: string, username: string, password: string): Promise<TokenAnswer> {
  const body = JSON.stringify({ grant_type: "password", username, password, timestamp: Date.now() });
  const headers = { "Content-Type": "application/json" };
  const answer = await request(`${base}/token`, { method: "POST", headers, body }).catch(loginFailed);
  return answer as TokenAnswer;
}

/** Fetches the time at which a token expires, in milliseconds. */
export async function fetchExpiry(base: string, user: string, token: string): Promise<number> {
  const headers = { Authorization: `Bearer ${token}` };
  const answer = await request(`${base}/sdk/users/${encodeURIComponent(user)}/token/expires`, { headers });
  return (answer as { expire_timestamp: number }).expire_timestamp;
}

function loginFailed(error: unknown): never {
  const message = error instanceof ErrorEvent ? error.message : "Request Unknow Error";
  throw new ErrorEvent({ type: statusCode.WEBIM_CONNCTION_OPEN_ERROR, message, data: error });
}

async function request(url: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(url, init).catch((error: unknown) => {
    throw new ErrorEvent({ type: statusCode.REQUEST_UNKNOWN, message: "Request Unknow Error", data: error });
  });
  const text = await response.text();
  if (response.ok) return JSON.parse(text);
  let message = text;
  try {
    message = (JSON.parse(text) as { error_description?: string }).error_description ?? text;
  } catch {
    // The answer is not JSON, for example a page of a proxy. Its text is the message.
  }
  if (response.status === 401) throw new ErrorEvent({ type: statusCode.NO_PERMISSION, message });
  const isUnknownUser = response.status === 404 && message.includes("user not found");
  const type = isUnknownUser ? statusCode.USER_NOT_FOUND : statusCode.WEBIM_CONNCTION_AJAX_ERROR;
  throw new ErrorEvent({ type, message, data: text });
}

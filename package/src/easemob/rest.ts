// The two things the official client tells and RoamKit keeps to itself: the token behind a password, and how long a
// token lives. Both need to know where the REST server is.

import { ErrorEvent } from "./errors.js";
import { statusCode } from "./status.js";

/** The server's word on a token. */
interface Token {
  access_token: string;
  expires_in: number;
}

/** Logs in at the server of the app; `base` is its address and the app's path. */
export async function tokenFor(base: string, username: string, password: string): Promise<Token> {
  const body = JSON.stringify({ grant_type: "password", username, password, timestamp: Date.now() });
  const headers = { "Content-Type": "application/json" };
  const answer = await ask(`${base}/token`, { method: "POST", headers, body }).catch(refused);
  return answer as Token;
}

/** When a token's life is over, in milliseconds. */
export async function expiry(base: string, user: string, token: string): Promise<number> {
  const headers = { Authorization: `Bearer ${token}` };
  const answer = await ask(`${base}/sdk/users/${encodeURIComponent(user)}/token/expires`, { headers });
  return (answer as { expire_timestamp: number }).expire_timestamp;
}

function refused(error: unknown): never {
  const message = error instanceof ErrorEvent ? error.message : "Request Unknow Error";
  throw new ErrorEvent({ type: statusCode.WEBIM_CONNCTION_OPEN_ERROR, message, data: error });
}

async function ask(url: string, request: RequestInit): Promise<unknown> {
  const response = await fetch(url, request).catch((error: unknown) => {
    throw new ErrorEvent({ type: statusCode.REQUEST_UNKNOWN, message: "Request Unknow Error", data: error });
  });
  const text = await response.text();
  if (response.ok) return JSON.parse(text);
  let said = text;
  try {
    said = (JSON.parse(text) as { error_description?: string }).error_description ?? text;
  } catch {
    // A proxy's page: its text is all there is.
  }
  if (response.status === 401) throw new ErrorEvent({ type: statusCode.NO_PERMISSION, message: said });
  const unknown = response.status === 404 && said.includes("user not found");
  const type = unknown ? statusCode.USER_NOT_FOUND : statusCode.WEBIM_CONNCTION_AJAX_ERROR;
  throw new ErrorEvent({ type, message: said, data: text });
}

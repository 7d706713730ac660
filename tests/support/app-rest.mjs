// REST calls of an app's backend: registering users, creating groups, sending messages.

import { APP_KEY, CLIENT_ID, CLIENT_SECRET } from "./server.mjs";

/** Gets an app token and resolves with the calls. */
export async function appRest(serverUrl) {
  const base = `${serverUrl}/${APP_KEY.replace("#", "/")}`;

  async function call(method, path, body, token) {
    const response = await fetch(base + path, {
      method,
      headers: { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  }

  const credentials = { grant_type: "client_credentials", client_id: CLIENT_ID, client_secret: CLIENT_SECRET };
  const { access_token: token } = await call("POST", "/token", credentials);

  const send = async (path, from, to, message) => {
    const { data } = await call("POST", path, { from, to: [to], ...message }, token);
    return String(data[to]);
  };

  return {
    call: (method, path, body) => call(method, path, body, token),
    /** Registers users whose passwords are `pw-<name>`. */
    createUsers: (...names) =>
      call("POST", "/users", names.map((username) => ({ username, password: `pw-${username}` })), token),
    /** Resolves with the group's id. */
    async createGroup(owner, members) {
      const group = { groupname: "a group", desc: "", public: true, maxusers: 200, owner, members };
      const { data } = await call("POST", "/chatgroups", group, token);
      return String(data.groupid);
    },
    /** Resolves with the message's id. `extra` may contain `ext` and `msg_timestamp`. */
    sendText: (from, to, msg, extra = {}) =>
      send("/messages/users", from, to, { type: "txt", body: { msg }, ...extra }),
    sendGroupText: (from, group, msg, extra = {}) =>
      send("/messages/chatgroups", from, group, { type: "txt", body: { msg }, ...extra }),
    /** Logs a user in and resolves with the token. `ttl` is its lifetime in seconds. */
    async userToken(username, ttl) {
      const login = { grant_type: "password", username, password: `pw-${username}`, ttl };
      return (await call("POST", "/token", login)).access_token;
    },
  };
}

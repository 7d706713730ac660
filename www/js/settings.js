// The service's addresses, from the query string or the page's origin, and the sample users.

import { storage } from "./storage.js";

const query = new URLSearchParams(location.search);

export const settings = {
  appKey: query.get("appKey") ?? "demo#chat",
  apiUrl: query.get("api") ?? location.origin,
  socketUrl: query.get("socket") ?? `${location.origin.replace(/^http/, "ws")}/websocket`,
  /** Signs in at once, for tests and screenshots. Use it only with sample users: a URL must never contain a token. */
  user: query.get("user"),
  password: query.get("password"),
  language: query.get("lang"),
};

/** The users that `cargo xtask demo` creates, and their common password. */
export const sampleUsers = ["alice", "bob", "carol", "mei", "yusuf"];
export const samplePassword = "roamkit";

/** `id` is the id of the view on the page, `deviceId` the device's id at the service. Each browser has devices of its own. */
export const devices = ["left", "right"].map((side) => ({
  id: `demo-${side}`,
  side,
  deviceId: `${side}-${storage.browserId()}`,
}));

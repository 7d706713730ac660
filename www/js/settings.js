// Where the service is, from the query string or the page's own address; and who may be tried out.

const query = new URLSearchParams(location.search);

export const settings = {
  appKey: query.get("appKey") ?? "demo#chat",
  apiUrl: query.get("api") ?? location.origin,
  socketUrl: query.get("socket") ?? `${location.origin.replace(/^http/, "ws")}/websocket`,
  /** Signs in at once, for tests and screenshots. Passwords of the sample users only; a token never stands here. */
  user: query.get("user"),
  password: query.get("password"),
  language: query.get("lang"),
};

/** The users that `cargo xtask demo` makes, and the password of them all. */
export const sampleUsers = ["alice", "bob", "carol", "mei", "yusuf"];
export const samplePassword = "roamkit";

export const devices = [
  { id: "demo-left", side: "left" },
  { id: "demo-right", side: "right" },
];

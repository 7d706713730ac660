// Logging in and out, in all the ways in which that goes or does not.

import { TO_BOB } from "./data.mjs";

export async function beforeOpen(teller) {
  for (const appKey of [undefined, 5, "chat", "a#b#c"]) {
    teller.record.note(`connection, app key ${appKey}`, await teller.app.connect({ ...teller.app.options, appKey }));
  }
  teller.record.note("connection", await teller.app.connect());
  await notLoggedIn(teller, "before open");
  teller.record.note("fields before open", await teller.app.read(...FIELDS));
  teller.record.note("codes", await teller.app.codes(...CODES));
}

/** All calls that need a login, without one. */
async function notLoggedIn(teller, when) {
  await teller.step(`${when}: isOpened`, "isOpened");
  await teller.step(`${when}: getServerConversations`, "getServerConversations", { pageSize: 10, cursor: "" });
  await teller.step(`${when}: getServerPinnedConversations`, "getServerPinnedConversations", { pageSize: 10, cursor: "" });
  await teller.step(`${when}: getConversationlist`, "getConversationlist");
  await teller.step(`${when}: getHistoryMessages`, "getHistoryMessages", TO_BOB);
  await teller.step(`${when}: removeHistoryMessages`, "removeHistoryMessages", { ...TO_BOB, messageIds: ["1"] });
  await teller.step(`${when}: deleteConversation`, "deleteConversation", { channel: "bob", chatType: "singleChat", deleteRoam: false });
  await teller.step(`${when}: deleteAllMessagesAndConversations`, "deleteAllMessagesAndConversations");
  await teller.step(`${when}: renewToken`, "renewToken", "token");
  teller.noteTold(when);
}

export async function open(teller) {
  const refused = {
    "nothing": null,
    "no user": { pwd: "pw-alice" },
    "no secret": { user: "alice" },
    "an empty token": { user: "alice", accessToken: "" },
    "a wrong password": { user: "alice", pwd: "wrong" },
    "an unknown user": { user: "nobody", pwd: "pw" },
    "a wrong token": { user: "alice", accessToken: "not-a-token" },
    "another user's token": { user: "alice", accessToken: teller.record.name(await teller.world.app.userToken("bob"), "bob's token") },
  };
  for (const [name, parameters] of Object.entries(refused)) {
    await teller.app.connect();
    if (parameters) await teller.stepNoting(`open with ${name}`, ["success", "error"], "open", parameters);
    else await teller.step(`open with ${name}`, "open", parameters);
    if (name.endsWith("token") && parameters.accessToken) await teller.app.events.next("onDisconnected");
    teller.noteTold(`open with ${name}`);
  }
  await teller.app.connect();
  await teller.stepNoting("open by token", ["success", "error"], "open", { user: "alice", accessToken: await teller.token("first token") });
  await teller.app.events.next("onConnected");
  teller.record.name((await teller.app.read("clientResource")).clientResource, "this device");
  await teller.step("isOpened", "isOpened");
  teller.record.note("fields after open by token", await teller.app.read(...FIELDS));
  await teller.step("open again", "open", { user: "alice", pwd: "pw-alice" });
  await teller.fence("after open by token");
  teller.noteTold("open by token");
  await teller.step("close", "close");
  await teller.app.events.next("onDisconnected");
  teller.noteTold("close");
  await notLoggedIn(teller, "after close");

  let missed;
  for (let i = 0; i < 3; i++) missed = teller.record.name(await teller.bob.sendText("singleChat", "alice", `missed ${i}`), `missed ${i}`);
  await teller.app.call("open", { user: "alice", pwd: "pw-alice" }).then((outcome) => {
    teller.record.name(outcome.resolved.accessToken, "token by password");
    teller.record.note("open by password", outcome);
  });
  await teller.app.events.next("onTextMessage", (message) => message.id === missed);
  teller.record.note("what was missed, together", await teller.app.events.next("onMessage"));
  teller.record.note("fields after open by password", await teller.app.read(...FIELDS));
  await teller.fence("after open by password");
  teller.noteTold("open by password", "onConnected", "onTextMessage");
}

export async function tokens(teller) {
  await teller.step("renew the token", "renewToken", await teller.token("new token"));
  teller.record.note("fields after renewing", await teller.app.read("token", "context"));
  await teller.step("renew by a wrong token", "renewToken", "not-a-token");
  await teller.step("renew by nothing", "renewToken", "");
  teller.noteTold("renewing");
}

/** However a session ends, and a connection that is opened again. */
export async function close(teller) {
  const end = async (name, milliseconds) => {
    await teller.app.events.next("onDisconnected", () => true, milliseconds);
    await teller.step(`${name}: isOpened`, "isOpened");
    teller.noteTold(name, "onTokenWillExpire", "onTokenExpired", "onDisconnected");
    teller.record.note(`${name}: fields`, await teller.app.read("token", "user"));
  };
  await teller.step("the last close", "close");
  await end("the last close");
  await teller.step("open by a short token", "open", { user: "alice", accessToken: await teller.token("short token", 6) });
  await end("the end of a token", 30_000);
  await teller.step("open after that", "open", { user: "alice", accessToken: await teller.token("token before the kick") });
  teller.told();
  await teller.world.app.call("PUT", "/users/alice/password", { newpassword: "other" });
  await end("a changed password");
  const again = { user: "alice", pwd: "other" };
  const [first, second] = await Promise.all([teller.app.call("open", again), teller.app.call("open", again)]);
  if (first.resolved) teller.record.name(first.resolved.accessToken, "token by the new password");
  teller.record.note("open after the kick", first);
  teller.record.note("open at the same time", second);
  await teller.step("close at the end", "close");
  await end("close at the end");
}

const FIELDS = [
  "appKey", "orgName", "appName", "token", "apiUrl", "url", "isHttpDNS", "deviceId", "useOwnUploadFun", "grantType",
  "user", "clientResource", "context",
];

const CODES = [
  "REQUEST_SUCCESS", "REQUEST_TIMEOUT", "REQUEST_UNKNOWN", "REQUEST_PARAMETER_ERROR", "WEBIM_CONNCTION_OPEN_ERROR",
  "WEBIM_CONNCTION_USER_NOT_ASSIGN_ERROR", "WEBIM_CONNCTION_AUTH_ERROR", "WEBIM_CONNCTION_DISCONNECTED",
  "WEBIM_CONNCTION_AJAX_ERROR", "WEBIM_CONNCTION_TOKEN_NOT_ASSIGN_ERROR", "MAX_LIMIT", "NO_PERMISSION",
  "WEBIM_TOKEN_EXPIRED", "WEBIM_SERVER_SERVING_DISABLED", "USER_NOT_FOUND", "WEBIM_USER_ALREADY_LOGIN",
  "WEBIM_CONNCTION_USER_LOGIN_ANOTHER_DEVICE", "WEBIM_CONNCTION_USER_REMOVED", "USER_LOGIN_TOO_MANY_DEVICES",
  "WEBIM_CONNCTION_USER_KICKED_BY_CHANGE_PASSWORD", "WEBIM_CONNCTION_USER_KICKED_BY_OTHER_DEVICE",
  "SERVER_GET_DNSLIST_FAILED", "SERVER_BUSY", "SERVICE_NOT_ENABLED", "GROUP_NOT_JOINED", "PERMISSION_DENIED",
  "WEBIM_LOAD_MSG_ERROR", "REST_PARAMS_STATUS", "CHATROOM_NOT_EXIST", "LOCAL_DB_OPERATION_FAILED",
];

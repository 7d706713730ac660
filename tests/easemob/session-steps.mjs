// Steps about the session: logins that succeed or fail, tokens, and all ways in which a session ends.

import { TO_BOB } from "./initial-data.mjs";

export async function beforeOpen(recorder) {
  for (const appKey of [undefined, 5, "chat", "a#b#c"]) {
    recorder.record.add(`connection, app key ${appKey}`, await recorder.application.connect({ ...recorder.application.options, appKey }));
  }
  recorder.record.add("connection", await recorder.application.connect());
  await notLoggedIn(recorder, "before open");
  recorder.record.add("fields before open", await recorder.application.read(...FIELDS));
  recorder.record.add("codes", await recorder.application.codes(...CODES));
}

/** Makes all calls that need a login, without one. */
async function notLoggedIn(recorder, when) {
  await recorder.step(`${when}: isOpened`, "isOpened");
  await recorder.step(`${when}: getServerConversations`, "getServerConversations", { pageSize: 10, cursor: "" });
  await recorder.step(`${when}: getServerPinnedConversations`, "getServerPinnedConversations", { pageSize: 10, cursor: "" });
  await recorder.step(`${when}: getConversationlist`, "getConversationlist");
  await recorder.step(`${when}: getHistoryMessages`, "getHistoryMessages", TO_BOB);
  await recorder.step(`${when}: removeHistoryMessages`, "removeHistoryMessages", { ...TO_BOB, messageIds: ["1"] });
  await recorder.step(`${when}: deleteConversation`, "deleteConversation", { channel: "bob", chatType: "singleChat", deleteRoam: false });
  await recorder.step(`${when}: deleteAllMessagesAndConversations`, "deleteAllMessagesAndConversations");
  await recorder.step(`${when}: renewToken`, "renewToken", "token");
  recorder.recordEvents(when);
}

export async function open(recorder) {
  const refused = {
    "nothing": null,
    "no user": { pwd: "pw-alice" },
    "no secret": { user: "alice" },
    "an empty token": { user: "alice", accessToken: "" },
    "a wrong password": { user: "alice", pwd: "wrong" },
    "an unknown user": { user: "nobody", pwd: "pw" },
    "a wrong token": { user: "alice", accessToken: "not-a-token" },
    "another user's token": { user: "alice", accessToken: recorder.record.alias(await recorder.fixture.appRest.userToken("bob"), "bob's token") },
  };
  for (const [name, parameters] of Object.entries(refused)) {
    await recorder.application.connect();
    if (parameters) await recorder.stepWithCallbacks(`open with ${name}`, ["success", "error"], "open", parameters);
    else await recorder.step(`open with ${name}`, "open", parameters);
    if (name.endsWith("token") && parameters.accessToken) await recorder.application.events.next("onDisconnected");
    recorder.recordEvents(`open with ${name}`);
  }
  await recorder.application.connect();
  await recorder.stepWithCallbacks("open by token", ["success", "error"], "open", { user: "alice", accessToken: await recorder.token("first token") });
  await recorder.application.events.next("onConnected");
  recorder.record.alias((await recorder.application.read("clientResource")).clientResource, "this device");
  await recorder.step("isOpened", "isOpened");
  recorder.record.add("fields after open by token", await recorder.application.read(...FIELDS));
  await recorder.step("open again", "open", { user: "alice", pwd: "pw-alice" });
  await recorder.waitForMarker("after open by token");
  recorder.recordEvents("open by token");
  await recorder.step("close", "close");
  await recorder.application.events.next("onDisconnected");
  recorder.recordEvents("close");
  await notLoggedIn(recorder, "after close");

  let missed;
  for (let i = 0; i < 3; i++) missed = recorder.record.alias(await recorder.bob.sendText("singleChat", "alice", `missed ${i}`), `missed ${i}`);
  await recorder.application.call("open", { user: "alice", pwd: "pw-alice" }).then((outcome) => {
    recorder.record.alias(outcome.resolved.accessToken, "token by password");
    recorder.record.add("open by password", outcome);
  });
  await recorder.application.events.next("onTextMessage", (message) => message.id === missed);
  recorder.record.add("missed messages, together", await recorder.application.events.next("onMessage"));
  recorder.record.add("fields after open by password", await recorder.application.read(...FIELDS));
  await recorder.waitForMarker("after open by password");
  recorder.recordEvents("open by password", "onConnected", "onTextMessage");
}

export async function tokens(recorder) {
  await recorder.step("renew the token", "renewToken", await recorder.token("new token"));
  recorder.record.add("fields after renewing", await recorder.application.read("token", "context"));
  await recorder.step("renew by a wrong token", "renewToken", "not-a-token");
  await recorder.step("renew by nothing", "renewToken", "");
  recorder.recordEvents("renewing");
}

/** Ends the session in each possible way, and opens the connection again. */
export async function close(recorder) {
  const recordEnd = async (name, milliseconds) => {
    await recorder.application.events.next("onDisconnected", () => true, milliseconds);
    await recorder.step(`${name}: isOpened`, "isOpened");
    recorder.recordEvents(name, "onTokenWillExpire", "onTokenExpired", "onDisconnected");
    recorder.record.add(`${name}: fields`, await recorder.application.read("token", "user"));
  };
  await recorder.step("the last close", "close");
  await recordEnd("the last close");
  await recorder.step("open by a short token", "open", { user: "alice", accessToken: await recorder.token("short token", 6) });
  await recordEnd("the end of a token", 30_000);
  await recorder.step("open after the end of the token", "open", { user: "alice", accessToken: await recorder.token("token before the kick") });
  recorder.takeEvents();
  await recorder.fixture.appRest.call("PUT", "/users/alice/password", { newpassword: "other" });
  await recordEnd("a changed password");
  const again = { user: "alice", pwd: "other" };
  const [first, second] = await Promise.all([recorder.application.call("open", again), recorder.application.call("open", again)]);
  if (first.resolved) recorder.record.alias(first.resolved.accessToken, "token by the new password");
  recorder.record.add("open after the kick", first);
  recorder.record.add("open at the same time", second);
  await recorder.step("close at the end", "close");
  await recordEnd("close at the end");
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

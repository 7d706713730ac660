// What the application does, step by step, and what comes of it. Both clients go through exactly this.

import { at, KINDS, prepare, sendKinds } from "./data.mjs";
import { Record } from "./record.mjs";

const TO_BOB = { targetId: "bob", chatType: "singleChat" };

/** Plays it with a client; resolves with the record. */
export async function play(world, client) {
  const record = new Record();
  record.name(world.server.url, "server");
  record.name(world.server.url.replace("http", "ws"), "socket server");
  const made = await prepare(world, record);
  await sendKinds(record, made.other, "erin", "kept");
  const app = await world.application(client);
  const story = new Story(world, record, made, app);
  await story.beforeOpen();
  await story.open();
  await story.lists();
  await story.history();
  await story.wrongArguments();
  await story.arrivals();
  await story.removals();
  await story.deletions();
  await story.tokens();
  await story.close();
  return record.read();
}

/** What both clients of the local cache go through. */
export async function playLocal(world, client) {
  const record = new Record();
  record.name(world.server.url, "server");
  const made = await prepare(world, record);
  const app = await world.application(client);
  const story = new Story(world, record, made, app);
  await story.localCache();
  return record.read();
}

class Story {
  constructor(world, record, made, app) {
    Object.assign(this, { world, record, app }, made);
  }

  /** Calls, and notes the outcome under a step's name. */
  async step(name, path, ...args) {
    const outcome = await this.app.call(path, ...args);
    this.record.note(name, outcome);
    return outcome.resolved;
  }

  async stepNoting(name, callbacks, path, ...args) {
    this.record.note(name, await this.app.callNoting(callbacks, path, ...args));
  }

  /** Everything that the application was told since the last time. */
  told() {
    const all = JSON.parse(String(this.app.events));
    const news = all.slice(this.heard ?? 0);
    this.heard = all.length;
    this.app.events.forget();
    return news;
  }

  /** Notes what the application was told, by event. Which of different events is first is told apart only where that is certain. */
  noteTold(name, ...order) {
    const told = this.told();
    const byName = {};
    for (const event of told) {
      // How many messages one call of onMessage brings depends on what the network carried together.
      for (const [key, value] of Object.entries(event)) (byName[key] ??= []).push(...(key === "onMessage" ? value : [value]));
    }
    this.record.note(`${name}: told`, byName);
    if (order.length > 0) {
      this.record.note(`${name}: order`, told.map((event) => Object.keys(event)[0]).filter((name) => order.includes(name)));
    }
  }

  /** What is sent after a notice arrives after it: then all that came before has been told. */
  async fence(name) {
    const id = this.record.name(await this.world.app.sendText("dave", "alice", `fence ${name}`), `fence ${name}`);
    await this.app.events.next("onTextMessage", (message) => message.id === id);
    await this.app.events.next("onMessage", (messages) => messages.some((message) => message.id === id));
  }

  async beforeOpen() {
    for (const [name, options] of [["no app key", {}], ["no org", { appKey: "chat" }], ["three parts", { appKey: "a#b#c" }]]) {
      this.record.note(`connection, ${name}`, await this.app.connect({ ...this.app.options, ...options, ...(name === "no app key" && { appKey: undefined }) }));
    }
    this.record.note("connection", await this.app.connect());
    await this.notLoggedIn("before open");
    this.record.note("fields before open", await this.app.read(...FIELDS));
    this.record.note("codes", await this.app.codes(...CODES));
  }

  /** All calls that need a login, without one. */
  async notLoggedIn(when) {
    await this.step(`${when}: isOpened`, "isOpened");
    await this.step(`${when}: getServerConversations`, "getServerConversations", { pageSize: 10, cursor: "" });
    await this.step(`${when}: getServerPinnedConversations`, "getServerPinnedConversations", { pageSize: 10, cursor: "" });
    await this.step(`${when}: getConversationlist`, "getConversationlist");
    await this.step(`${when}: getHistoryMessages`, "getHistoryMessages", TO_BOB);
    await this.step(`${when}: removeHistoryMessages`, "removeHistoryMessages", { ...TO_BOB, messageIds: ["1"] });
    await this.step(`${when}: deleteConversation`, "deleteConversation", { channel: "bob", chatType: "singleChat", deleteRoam: false });
    await this.step(`${when}: deleteAllMessagesAndConversations`, "deleteAllMessagesAndConversations");
    await this.step(`${when}: renewToken`, "renewToken", "token");
    this.noteTold(when);
  }

  async open() {
    const refused = {
      "nothing": null,
      "no user": { pwd: "pw-alice" },
      "no secret": { user: "alice" },
      "an empty token": { user: "alice", accessToken: "" },
      "a wrong password": { user: "alice", pwd: "wrong" },
      "an unknown user": { user: "nobody", pwd: "pw" },
      "a wrong token": { user: "alice", accessToken: "not-a-token" },
      "another user's token": { user: "alice", accessToken: this.record.name(await this.world.app.userToken("bob"), "bob's token") },
    };
    for (const [name, parameters] of Object.entries(refused)) {
      await this.app.connect();
      if (parameters) await this.stepNoting(`open with ${name}`, ["success", "error"], "open", parameters);
      else await this.step(`open with ${name}`, "open", parameters);
      if (name.endsWith("token") && parameters.accessToken) await this.app.events.next("onDisconnected");
      this.noteTold(`open with ${name}`);
    }
    await this.app.connect();
    await this.stepNoting("open by token", ["success", "error"], "open", { user: "alice", accessToken: await this.token("first token") });
    await this.app.events.next("onConnected");
    this.record.name((await this.app.read("clientResource")).clientResource, "this device");
    await this.step("isOpened", "isOpened");
    this.record.note("fields after open by token", await this.app.read(...FIELDS));
    await this.step("open again", "open", { user: "alice", pwd: "pw-alice" });
    await this.fence("after open by token");
    this.noteTold("open by token");
    await this.step("close", "close");
    await this.app.events.next("onDisconnected");
    this.noteTold("close");
    await this.notLoggedIn("after close");

    let missed;
    for (let i = 0; i < 3; i++) missed = this.record.name(await this.bob.sendText("singleChat", "alice", `missed ${i}`), `missed ${i}`);
    await this.app.call("open", { user: "alice", pwd: "pw-alice" }).then((outcome) => {
      this.record.name(outcome.resolved.accessToken, "token by password");
      this.record.note("open by password", outcome);
    });
    await this.app.events.next("onTextMessage", (message) => message.id === missed);
    this.record.note("what was missed, together", await this.app.events.next("onMessage"));
    this.record.note("fields after open by password", await this.app.read(...FIELDS));
    await this.fence("after open by password");
    this.noteTold("open by password", "onConnected", "onTextMessage");
  }

  async token(name, ttl) {
    return this.record.name(await this.world.app.userToken("alice", ttl), name);
  }

  async lists() {
    for (const call of ["getServerConversations", "getServerPinnedConversations"]) {
      let cursor = "";
      for (let page = 1; page === 1 || cursor; page++) {
        const { data } = await this.step(`${call}, page ${page}`, call, { pageSize: 2, cursor });
        if (data.cursor) this.record.name(data.cursor, `cursor of ${call} ${page}`);
        cursor = data.cursor;
      }
      await this.step(`${call}, without a page size`, call, { includeEmptyConversations: true });
      await this.step(`${call}, without anything`, call);
    }
    await this.step("getConversationlist", "getConversationlist");
    for (const pageNum of [1, 2, 3]) await this.step(`getConversationlist, page ${pageNum}`, "getConversationlist", { pageNum, pageSize: 3 });
    await this.stepNoting("getConversationlist, with callbacks", ["success", "error"], "getConversationlist", {});
    for (const [event, message] of KINDS) {
      await this.world.app.createUsers(event.toLowerCase());
      await sendOne(this, message, event.toLowerCase());
    }
    await this.fence("after the kinds of the list");
    await this.step("getServerConversations, every kind", "getServerConversations", { pageSize: 50 });
    await this.step("getConversationlist, every kind", "getConversationlist", { pageNum: 1, pageSize: 20 });
    this.told();
  }

  async history() {
    for (const searchDirection of ["up", "down"]) {
      let cursor = searchDirection === "up" ? -1 : null;
      for (let page = 1, last = false; !last; page++) {
        const options = { ...TO_BOB, pageSize: 25, searchDirection, cursor };
        const answer = await this.step(`history ${searchDirection}, page ${page}`, "getHistoryMessages", options);
        ({ cursor, isLast: last } = answer);
      }
      const middle = { ...TO_BOB, pageSize: 4, searchDirection, cursor: this.sent[30] };
      await this.step(`history ${searchDirection}, from the middle`, "getHistoryMessages", middle);
      const span = { startTime: at(10), endTime: at(20) };
      await this.step(`history ${searchDirection}, of a time`, "getHistoryMessages", { ...TO_BOB, searchDirection, searchOptions: span });
      const group = { targetId: this.group, chatType: "groupChat", searchDirection };
      await this.step(`history ${searchDirection}, of a group`, "getHistoryMessages", group);
      await this.step(`history ${searchDirection}, of a sender`, "getHistoryMessages", { ...group, searchOptions: { from: "carol" } });
      const erin = { targetId: "erin", chatType: "singleChat", searchDirection };
      await this.step(`history ${searchDirection}, of every kind`, "getHistoryMessages", erin);
      for (const msgTypes of [["txt"], ["img", "video"], ["loc", "cmd", "custom"], ["combine"], []]) {
        const name = `history ${searchDirection}, kinds ${msgTypes}`;
        await this.step(name, "getHistoryMessages", { ...erin, searchOptions: { msgTypes } });
      }
      await this.step(`history ${searchDirection}, since`, "getHistoryMessages", { ...TO_BOB, searchDirection, searchOptions: { startTime: at(55) } });
    }
    await this.step("history, by default", "getHistoryMessages", TO_BOB);
    await this.step("history, a sender of a single chat", "getHistoryMessages", { ...TO_BOB, pageSize: 3, searchOptions: { from: "bob" } });
    await this.step("history, until", "getHistoryMessages", { ...TO_BOB, searchOptions: { endTime: at(5) } });
    await this.step("history, of nobody", "getHistoryMessages", { targetId: "frank", chatType: "singleChat" });
    await this.step("history, of no group", "getHistoryMessages", { targetId: "999999", chatType: "groupChat" });
    await this.stepNoting("history, with callbacks", ["success", "fail"], "getHistoryMessages", { ...TO_BOB, pageSize: 1 });
    await this.stepNoting("history, failing with callbacks", ["success", "fail"], "getHistoryMessages", { ...TO_BOB, pageSize: 1000 });
  }

  async wrongArguments() {
    const single = { chatType: "singleChat" };
    const calls = {
      getServerConversations: [{ pageSize: "2" }, { cursor: 5 }, { includeEmptyConversations: 1 }, { pageSize: 51 }, { cursor: "no cursor" }],
      getServerPinnedConversations: [{ pageSize: "2" }, { cursor: 5 }, { includeEmptyConversations: 1 }],
      getHistoryMessages: [
        {}, { targetId: "" }, { ...TO_BOB, searchOptions: { from: 5 } }, { ...TO_BOB, searchOptions: { msgTypes: "txt" } },
        { ...TO_BOB, searchOptions: { startTime: "1" } }, { ...TO_BOB, searchOptions: { startTime: 1, endTime: "1" } },
        { ...TO_BOB, cursor: "no id" },
      ],
      removeHistoryMessages: [
        {}, { targetId: "", ...single }, { targetId: "bob" }, { targetId: "bob", chatType: "chat" }, TO_BOB,
        { ...TO_BOB, messageIds: [] }, { ...TO_BOB, messageIds: "1" }, { ...TO_BOB, messageIds: Array(21).fill("1") },
        { ...TO_BOB, beforeTimeStamp: "1" }, { ...TO_BOB, beforeTimeStamp: -1 }, { ...TO_BOB, messageIds: ["no id"] },
      ],
      deleteConversation: [
        {}, { channel: 5, ...single, deleteRoam: true }, { channel: "bob", chatType: "chatRoom", deleteRoam: true },
        { channel: "bob", ...single },
      ],
    };
    for (const [call, all] of Object.entries(calls)) {
      for (const options of all) await this.step(`${call}(${JSON.stringify(options).slice(0, 90)})`, call, options);
    }
    this.noteTold("wrong arguments");
  }

  /** What others send, edit, take back and read, and what the user's other device sends. */
  async arrivals() {
    await sendKinds(this.record, this.bob, "alice", "live");
    for (const [event] of KINDS) await this.app.events.next(event);
    await this.app.events.next("onCombineMessage");
    await this.fence("after every kind");
    this.noteTold("messages of every kind");

    this.record.name(await this.bob.sendText("groupChat", this.group, "live in the group"), "live in the group");
    this.record.name(await this.other.sendText("singleChat", "bob", "by the other device"), "by the other device");
    await this.fence("after the group");
    this.noteTold("messages in a group and by the other device");

    const id = this.record.name(await this.bob.sendText("singleChat", "alice", "tpyo"), "edited");
    await this.bob.edit(id, { type: "txt", chatType: "singleChat", to: "alice", msg: "typo" });
    await this.fence("after the edit");
    this.noteTold("an edit");
    await this.step("history after the edit", "getHistoryMessages", { ...TO_BOB, pageSize: 1 });

    await this.bob.call("recallMessage", { mid: id, to: "alice", chatType: "singleChat" });
    await this.fence("after the recall");
    this.noteTold("a recall");
    await this.step("history after the recall", "getHistoryMessages", { ...TO_BOB, pageSize: 1 });

    await this.bob.send({ type: "read", chatType: "singleChat", to: "alice", id: this.sent[1] });
    await this.fence("after the receipt");
    this.noteTold("a receipt");
  }

  async removals() {
    const ids = (some) => some.map((i) => this.sent[i]);
    const others = (name) => this.other.multiDeviceEvent("deleteRoaming").then((event) => this.record.note(`${name}: the other device`, event));
    const shown = (name, conversation = TO_BOB) =>
      this.step(`${name}: history`, "getHistoryMessages", { ...conversation, pageSize: 50, searchDirection: "down", searchOptions: { startTime: at(0), endTime: at(400) } });
    await this.step("remove by ids", "removeHistoryMessages", { ...TO_BOB, messageIds: ids([3, 5, 59]) });
    await shown("remove by ids");
    await others("remove by ids");
    await this.step("remove by time", "removeHistoryMessages", { ...TO_BOB, beforeTimeStamp: at(9) });
    await shown("remove by time");
    await others("remove by time");
    const group = { targetId: this.group, chatType: "groupChat" };
    await this.step("remove from a group", "removeHistoryMessages", { ...group, messageIds: [this.toGroup[1]] });
    await shown("remove from a group", group);
    await others("remove from a group");
    await this.step("remove what is not there", "removeHistoryMessages", { ...TO_BOB, messageIds: ids([3]) });
    this.told();

    await this.other.call("removeHistoryMessages", { ...TO_BOB, messageIds: ids([20, 21]) });
    await this.app.events.next("onMultiDeviceEvent");
    await this.other.call("removeHistoryMessages", { ...TO_BOB, beforeTimeStamp: at(12) });
    await this.app.events.next("onMultiDeviceEvent");
    await this.other.call("removeHistoryMessages", { ...group, messageIds: [this.toGroup[0]] });
    await this.app.events.next("onMultiDeviceEvent");
    await this.fence("after the removals elsewhere");
    this.noteTold("removals elsewhere");
    await shown("removals elsewhere");
    await shown("removals elsewhere, group", group);
  }

  async deletions() {
    const others = (name) => this.other.multiDeviceEvent("deleteConversation").then((event) => this.record.note(`${name}: the other device`, event));
    const carol = { channel: "carol", chatType: "singleChat", deleteRoam: false };
    await this.stepNoting("delete a conversation", ["success", "error"], "deleteConversation", carol);
    await others("delete a conversation");
    await this.step("delete a conversation: history", "getHistoryMessages", { targetId: "carol", chatType: "singleChat" });
    await this.step("delete a group with its history", "deleteConversation", { channel: this.group, chatType: "groupChat", deleteRoam: true });
    await others("delete a group with its history");
    await this.step("delete a group with its history: history", "getHistoryMessages", { targetId: this.group, chatType: "groupChat" });
    await this.step("delete what is not there", "deleteConversation", { ...carol, channel: "frank" });
    await this.step("after deletions: list", "getServerConversations", { pageSize: 50 });
    this.told();

    await this.other.call("pinConversation", { conversationId: "dave", conversationType: "singleChat", isPinned: true });
    await this.fence("after the pin");
    this.noteTold("a pin elsewhere");
    await this.other.call("pinConversation", { conversationId: "dave", conversationType: "singleChat", isPinned: false });
    await this.fence("after the end of the pin");
    this.noteTold("the end of a pin elsewhere");
    await this.other.call("deleteConversation", { channel: "erin", chatType: "singleChat", deleteRoam: true });
    await this.app.events.next("onMultiDeviceEvent", (event) => event.operation === "deleteConversation");
    await this.fence("after the deletion elsewhere");
    this.noteTold("a deletion elsewhere");
    await this.step("after the deletion elsewhere: history", "getHistoryMessages", { targetId: "erin", chatType: "singleChat" });

    await this.step("delete everything", "deleteAllMessagesAndConversations");
    await this.step("delete everything: list", "getServerConversations", { pageSize: 50 });
    await this.step("delete everything: history", "getHistoryMessages", TO_BOB);
    await others("delete everything");
    this.noteTold("delete everything");
  }

  async tokens() {
    await this.step("renew the token", "renewToken", await this.token("new token"));
    this.record.note("fields after renewing", await this.app.read("token", "context"));
    await this.step("renew by a wrong token", "renewToken", "not-a-token");
    await this.step("renew by nothing", "renewToken", "");
    this.noteTold("renewing");
  }

  /** The local cache: what lists and messages leave there, and what removals elsewhere take. */
  async localCache() {
    const all = (name) => this.step(name, "localCache.getLocalConversations");
    const one = (name, conversationId, conversationType = "singleChat") =>
      this.step(name, "localCache.getLocalConversation", { conversationId, conversationType });
    await this.app.connect();
    await all("local, before open");
    await one("local, one before open", "bob");
    await this.app.call("open", { user: "alice", pwd: "pw-alice" });
    await this.app.events.next("onConnected");
    await all("local, empty");
    await this.app.call("getServerConversations", { pageSize: 50 });
    await all("local, after the list");
    await this.fence("of a known one");
    this.record.name(await this.world.app.sendText("frank", "alice", "from frank"), "from frank");
    await this.app.events.next("onTextMessage", ({ from }) => from === "frank");
    this.record.name(await this.bob.sendText("groupChat", this.group, "to the group"), "to the group");
    await this.app.events.next("onTextMessage", ({ chatType }) => chatType === "groupChat");
    await this.fence("of all");
    await all("local, after messages");
    await one("local, one", "bob");
    await one("local, a group", this.group, "groupChat");
    await one("local, an unknown one", "nobody");
    await one("local, a wrong kind", "bob", "chatRoom");
    await one("local, no id", "");
    await this.other.call("removeHistoryMessages", { ...TO_BOB, messageIds: [this.sent[59]] });
    await this.other.call("deleteConversation", { channel: "carol", chatType: "singleChat", deleteRoam: true });
    await this.app.events.next("onMultiDeviceEvent", (event) => event.operation === "deleteConversation");
    await one("local, after a removal elsewhere", "bob");
    await one("local, after a deletion elsewhere", "carol");
    await this.app.call("close");
    await this.app.events.next("onDisconnected");
    await all("local, after close");
  }

  /** However a session ends, and a connection that is opened again. */
  async close() {
    const end = async (name, milliseconds) => {
      await this.app.events.next("onDisconnected", () => true, milliseconds);
      await this.step(`${name}: isOpened`, "isOpened");
      this.noteTold(name, "onTokenWillExpire", "onTokenExpired", "onDisconnected");
      this.record.note(`${name}: fields`, await this.app.read("token", "user"));
    };
    await this.step("the last close", "close");
    await end("the last close");
    await this.step("open by a short token", "open", { user: "alice", accessToken: await this.token("short token", 3) });
    await end("the end of a token", 20_000);
    await this.step("open after that", "open", { user: "alice", accessToken: await this.token("token before the kick") });
    this.told();
    await this.world.app.call("PUT", "/users/alice/password", { newpassword: "other" });
    await end("a changed password");
    const again = { user: "alice", pwd: "other" };
    const [first, second] = await Promise.all([this.app.call("open", again), this.app.call("open", again)]);
    if (first.resolved) this.record.name(first.resolved.accessToken, "token by the new password");
    this.record.note("open after the kick", first);
    this.record.note("open at the same time", second);
    await this.step("close at the end", "close");
    await end("close at the end");
  }
}

/** One message of that kind by the other device, so that it is the list's newest of that conversation. */
async function sendOne(story, { file, ...message }, to) {
  const id = await story.other.send({ chatType: "singleChat", to, ...message, ...(file && { file }) });
  if (story.other.uploaded) story.record.name(story.other.uploaded.split("/").at(-1), `upload to ${to}`);
  story.record.name(id, `to ${to}`);
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
  "WEBIM_LOAD_MSG_ERROR", "GROUP_NOT_EXIST", "REST_PARAMS_STATUS", "LOCAL_DB_OPERATION_FAILED",
];

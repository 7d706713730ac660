// The connection. Each method of the official client calls RoamKit.

import init, { RoamClient, RoamError } from "../roamkit.js";
import * as check from "./arguments.js";
import { channelItem, serverPage } from "./conversations.js";
import { ErrorEvent, callError, sessionError } from "./errors.js";
import { Handlers, forward } from "./events.js";
import { LocalCache } from "./local-cache.js";
import { fromHistory } from "./messages.js";
import { fetchExpiry, fetchToken } from "./rest.js";
import { statusCode } from "./status.js";
import type { Context } from "./types/context.js";
import type * as Result from "./types/conversations.js";
import type { EventHandlerType } from "./types/events.js";
import type { ChannelMsgBody, SendMsgResult } from "./types/outgoing.js";
import type * as Parameters from "./types/parameters.js";

const DOMAIN = "easemob.com";

/**
 * A user's connection, compatible with the official web client's `connection`. RoamKit's local copy stores everything that
 * it fetches.
 *
 * @example
 * ```ts
 * const conn = new websdk.connection({ appKey: "org#app" });
 * await conn.open({ user: "alice", accessToken });
 * const { messages } = await conn.getHistoryMessages({ targetId: "bob", chatType: "singleChat", pageSize: 50 });
 * ```
 */
export class Connection {
  /** `org#app`. */
  readonly appKey: string;
  /** The part of the app key before the `#`. */
  readonly orgName: string;
  /** The part of the app key after the `#`. */
  readonly appName: string;
  /** True if the servers' addresses come from the service's host list. */
  readonly isHttpDNS: boolean;
  /** The address of the REST server; empty if it comes from the host list. */
  readonly apiUrl: string;
  /** The address of the WebSocket server; empty if it comes from the host list. */
  readonly url: string;
  /** The `deviceId` of the options, or `webim`. */
  readonly deviceId: string;
  /** True if the URLs of files are returned as they were sent. */
  readonly useOwnUploadFun: boolean;
  /** The user's id; undefined before `open`. */
  user?: string;
  /** The token of the session; empty if there is none or it is unknown. */
  token = "";
  /** The kind of the last login; empty before it. */
  grantType: "password" | "accessToken" | "" = "";
  /** The id of this device in events of other devices; empty before `open`. */
  clientResource = "";
  /** The state of the session. */
  context: Context = {
    jid: { appKey: "", clientResource: "", domain: DOMAIN, name: "" },
    userId: "",
    appKey: "",
    orgName: "",
    appName: "",
    accessToken: "",
    restTokenData: "",
  };
  /** The local copy. It is readable without the network as soon as `open` was called. */
  readonly localCache: LocalCache;

  #handlers = new Handlers();
  #client: RoamClient | undefined;
  #isUp = false;
  /** Set during a login. `close` cancels it. */
  #attempt: object | undefined;
  #networkListeners: AbortController | undefined;

  /** Throws an `Error` if `appKey` does not have the form `org#app`. Nothing is loaded or sent before `open`. */
  constructor(options: Parameters.ConnectionParameters) {
    check.checkConnection(options);
    this.appKey = options.appKey;
    [this.orgName = "", this.appName = ""] = options.appKey.split("#");
    this.isHttpDNS = options.isHttpDNS ?? true;
    this.apiUrl = this.isHttpDNS ? "" : (options.apiUrl ?? "");
    this.url = this.isHttpDNS ? "" : (options.url ?? "");
    this.deviceId = options.deviceId || "webim";
    this.useOwnUploadFun = options.useOwnUploadFun ?? false;
    this.localCache = new LocalCache(() => ({ client: this.#client, context: this }));
  }

  /** Adds event handlers. They replace the handlers of an earlier call with the same id. */
  addEventHandler(eventHandlerId: string, eventHandler: EventHandlerType): void {
    this.#handlers.add(eventHandlerId, eventHandler);
  }

  /** Removes the event handlers with this id. */
  removeEventHandler(eventHandlerId: string): void {
    this.#handlers.remove(eventHandlerId);
  }

  /**
   * Loads RoamKit if necessary, opens the user's local copy, and logs in. Resolves when the session is up. The connection
   * reconnects by itself.
   *
   * Rejects with an `ErrorEvent`. The local copy then stays readable.
   */
  async open(parameters: Parameters.OpenParameters): Promise<Result.LoginResult> {
    if (this.#attempt) {
      throw new ErrorEvent({ type: statusCode.WEBIM_CONNCTION_OPEN_ERROR, message: "Currently logging in, please wait." });
    }
    if (this.#isUp) throw new ErrorEvent({ type: statusCode.WEBIM_USER_ALREADY_LOGIN, message: "The user has logged in." });
    const attempt = (this.#attempt = {});
    try {
      check.checkOpen(parameters);
      return await this.#login(parameters, attempt);
    } catch (error) {
      const converted = error instanceof RoamError ? sessionError(error.code, error.message) : error;
      parameters?.error?.(converted as ErrorEvent);
      throw converted;
    } finally {
      if (this.#attempt === attempt) this.#attempt = undefined;
    }
  }

  /** Returns whether the session is up. */
  isOpened(): boolean {
    return this.#client?.isConnected ?? false;
  }

  /** Ends the session and closes the local copy, which stays stored in this browser. */
  close(): void {
    this.#attempt = undefined;
    this.#closeClient();
    this.#setToken("");
    if (!this.#isUp) return;
    this.#isUp = false;
    setTimeout(() => this.#handlers.emit("onDisconnected"));
  }

  /** Replaces the token without reconnecting. Rejects with `{ status: false }` if the connection is not open. */
  renewToken(token: string): Promise<Result.NewTokenResult> {
    const client = this.#client;
    if (!client?.isConnected) return Promise.reject({ status: false });
    if (typeof token !== "string" || token === "") throw Error('Invalid parameter: "token"');
    return this.#renew(client, token);
  }

  /** Fetches a page of the server's conversation list, newest activity first. */
  getServerConversations(
    params?: Parameters.ServerConversationsParameters,
  ): Promise<Result.AsyncResult<Result.ServerConversations>> {
    return this.#list(params, false);
  }

  /** Fetches a page of the server's list of pinned conversations. */
  getServerPinnedConversations(
    params?: Parameters.ServerConversationsParameters,
  ): Promise<Result.AsyncResult<Result.ServerConversations>> {
    return this.#list(params, true);
  }

  /** Fetches the conversation list in its older form: the service's default list, or a page by its number. */
  getConversationlist(
    params?: Parameters.ConversationlistParameters,
  ): Promise<Result.AsyncResult<Result.ConversationInfo>> {
    return withCallbacks(params?.success, params?.error, async () => {
      const client = this.#requireClient();
      const { pageNum = 0, pageSize = 0 } = params ?? {};
      const numbered = pageNum > 0 && pageSize > 0;
      let page = await this.#convertError(
        client.fetchConversationsFromServer(numbered ? { pageSize, includeEmpty: true } : undefined),
      );
      for (let number = 1; numbered && number < pageNum; number += 1) {
        const { cursor } = page;
        if (cursor === undefined) page = { conversations: [] };
        else page = await this.#convertError(client.fetchConversationsFromServer({ pageSize, includeEmpty: true, cursor }));
      }
      const channel_infos = page.conversations.map((conversation) => channelItem(conversation, this.appKey, this));
      return { type: 0, data: { channel_infos } };
    });
  }

  /** Fetches a page of a conversation's history. */
  getHistoryMessages(options: Parameters.HistoryParameters): Promise<Result.HistoryMessages> {
    return withCallbacks(options?.success, options?.fail, async () => {
      check.checkHistory(options);
      const client = this.#requireClient();
      const { targetId, chatType, cursor, searchDirection, searchOptions = {} } = options;
      const { from, msgTypes, startTime, endTime } = searchOptions;
      const page = await this.#convertError(
        client.fetchHistoryMessages({
          conversationId: targetId,
          conversationType: chatType,
          pageSize: options.pageSize ?? 20,
          searchDirection: searchDirection === "down" ? "down" : "up",
          ...(cursor && cursor !== -1 && { startMsgId: String(cursor) }),
          ...(from && chatType !== "singleChat" && { from }),
          ...(msgTypes?.length && { msgTypes }),
          ...(startTime && { startTime }),
          ...(endTime && { endTime }),
        }),
      );
      const messages = page.messages.map((message) => fromHistory(message, this));
      return { messages, isLast: page.isLast, ...(page.cursor !== undefined && { cursor: page.cursor }) };
    });
  }

  /** Removes messages for this user on all devices, by ids or up to a time. Other users keep them. */
  async removeHistoryMessages(options: Parameters.RemoveHistoryParameters): Promise<void> {
    check.checkRemoval(options);
    const { targetId, chatType, messageIds, beforeTimeStamp = 0 } = options;
    const conversation = { conversationId: targetId, conversationType: chatType };
    const removal = messageIds ? { msgIdList: messageIds } : { time: beforeTimeStamp };
    await this.#convertError(this.#requireClient().removeMessagesFromServer({ ...conversation, ...removal }));
  }

  /** Deletes a conversation on the server, with or without its history. It reappears with the next message. */
  deleteConversation(
    params: Parameters.DeleteConversationParameters,
  ): Promise<Result.AsyncResult<Result.DeleteSessionResult>> {
    check.checkDeletion(params);
    return withCallbacks(params.success, params.error, async () => {
      const { channel, chatType, deleteRoam } = params;
      const conversation = { conversationId: channel, conversationType: chatType };
      await this.#convertError(
        this.#requireClient().deleteConversationFromServer({ ...conversation, isDeleteServerMessages: deleteRoam }),
      );
      return { type: 0, data: { result: "ok" } };
    });
  }

  /** Pins a conversation to the top of the list, or unpins it, on all devices of the user. */
  async pinConversation(params: Parameters.PinConversationParameters): Promise<Result.AsyncResult<Result.PinConversation>> {
    const client = this.#requireClient();
    check.checkPin(params);
    const { conversationId, conversationType, isPinned } = params;
    await this.#convertError(client.pinConversation({ conversationId, conversationType, isPinned }));
    if (!isPinned) return { type: 0, data: { isPinned, pinnedTime: 0 } };
    const pinned = await this.#convertError(pinnedConversation(client, params));
    return { type: 0, data: { isPinned, pinnedTime: pinned?.pinnedTime ?? 0 } };
  }

  /**
   * Marks a conversation as read: sends the message of the type `channel` that `message.create` returns. Resolves when the local
   * copy has stored it; without a session, the server gets it later.
   */
  async send(message: ChannelMsgBody): Promise<SendMsgResult> {
    const { id, to, chatType } = message;
    await this.#convertError(
      this.#requireClient().markConversationAsRead({ conversationId: to, conversationType: chatType }),
    );
    return { localMsgId: id, serverMsgId: "" };
  }

  /** Deletes all conversations and messages of the user on the server. */
  async deleteAllMessagesAndConversations(): Promise<void> {
    await this.#convertError(this.#requireClient().deleteAllMessagesAndConversations());
  }

  async #renew(client: RoamClient, token: string): Promise<Result.NewTokenResult> {
    const expire = this.apiUrl ? await fetchExpiry(this.#restBase(), client.user, token) : undefined;
    await this.#convertError(client.renewToken(token));
    this.#setToken(token);
    return { status: true, token, ...(expire !== undefined && { expire }) };
  }

  #list(params: Parameters.ServerConversationsParameters | undefined, pinnedOnly: boolean) {
    const session = this.#openClient();
    if (session instanceof ErrorEvent) return Promise.reject(session);
    check.checkList(params);
    const { pageSize, cursor, includeEmptyConversations } = params ?? {};
    const options = {
      pageSize: pageSize || 20,
      pinnedOnly,
      includeEmpty: includeEmptyConversations ?? false,
      ...(cursor && { cursor }),
    };
    return this.#convertError(session.fetchConversationsFromServer(options)).then((page) => ({
      type: 0 as const,
      data: serverPage(page, this),
    }));
  }

  async #login(parameters: Parameters.OpenParameters, attempt: object): Promise<Result.LoginResult> {
    const { user, accessToken, pwd = "" } = parameters;
    const throwIfCancelled = () => {
      if (this.#attempt !== attempt) throw sessionError(300, "closed");
    };
    await init();
    throwIfCancelled();
    this.#closeClient();
    const client = await RoamClient.open({
      appKey: this.appKey,
      user,
      ...(this.apiUrl && { apiUrl: withScheme(this.apiUrl, "http") }),
      ...(this.url && { socketUrl: withScheme(this.url, "ws") }),
      ...(this.deviceId !== "webim" && { deviceId: `webim_web_${this.deviceId}` }),
    });
    if (this.#attempt !== attempt) client.close();
    throwIfCancelled();
    this.#client = client;
    this.#attach(client);
    this.grantType = accessToken ? "accessToken" : "password";
    const result = accessToken ? { accessToken } : await this.#fetchToken(user, pwd);
    throwIfCancelled();
    this.#setToken(result.accessToken);
    this.context.restTokenData = result.accessToken;
    try {
      await client.login(result.accessToken ? { token: result.accessToken } : { password: pwd });
    } catch (error) {
      throwIfCancelled();
      if (error instanceof RoamError && error.code !== 300 && error.code !== 301) {
        const refusal = sessionError(error.code, error.message);
        this.#handlers.emit("onError", refusal);
        setTimeout(() => this.#handlers.emit("onDisconnected", refusal));
      }
      throw error;
    }
    return result;
  }

  async #fetchToken(user: string, password: string): Promise<Result.LoginResult> {
    if (!this.apiUrl) return { accessToken: "" };
    const { access_token, expires_in } = await fetchToken(this.#restBase(), user, password);
    return { accessToken: access_token, duration: expires_in };
  }

  #closeClient(): void {
    this.#networkListeners?.abort();
    this.#client?.close();
    this.#client = undefined;
  }

  /** Takes the connection's fields from a client and forwards its events. */
  #attach(client: RoamClient): void {
    const { appKey, orgName, appName } = this;
    const clientResource = client.deviceId;
    this.user = client.user;
    this.clientResource = clientResource;
    const jid = { appKey, name: client.user, domain: DOMAIN, clientResource };
    this.context = { ...this.context, jid, userId: client.user, appKey, orgName, appName };
    client.on("connected", () => {
      this.#isUp = true;
    });
    forward(client, this.#handlers, () => this, (reason) => {
      // RoamKit would wait for a new token. Applications of the official client expect a closed connection.
      if (reason === undefined) return this.close();
      this.#isUp = false;
      this.#handlers.emit("onDisconnected", reason);
    });
    const { signal } = (this.#networkListeners = new AbortController());
    globalThis.addEventListener?.("online", () => this.#handlers.emit("onOnline"), { signal });
    globalThis.addEventListener?.("offline", () => this.#handlers.emit("onOffline"), { signal });
  }

  /** Returns the client of an open connection, or the error for calls on one that is not open. */
  #openClient(): RoamClient | ErrorEvent {
    if (this.#client) return this.#client;
    if (this.context.orgName) {
      const type = statusCode.WEBIM_CONNCTION_TOKEN_NOT_ASSIGN_ERROR;
      this.#handlers.emit("onError", new ErrorEvent({ type, message: "token not assign error" }));
    }
    return new ErrorEvent({ type: statusCode.REST_PARAMS_STATUS, message: "appkey or token error" });
  }

  /** Like `#openClient`, but throws the error. */
  #requireClient(): RoamClient {
    const session = this.#openClient();
    if (session instanceof ErrorEvent) throw session;
    return session;
  }

  /** Converts the error of a call. */
  #convertError<T>(call: Promise<T>): Promise<T> {
    return call.catch((error: unknown) => {
      throw callError(error);
    });
  }

  #restBase(): string {
    return `${withScheme(this.apiUrl, "http")}/${this.orgName}/${this.appName}`;
  }

  #setToken(token: string): void {
    this.token = token;
    this.context.accessToken = token;
  }
}

/** Returns a pinned conversation: from the local copy, or from the server if the copy does not have it. */
async function pinnedConversation(client: RoamClient, { conversationId, conversationType }: Parameters.PinConversationParameters) {
  const local = await client.getConversation(conversationId, conversationType);
  if (local) return local;
  const { conversations } = await client.fetchConversationsFromServer({ pinnedOnly: true, pageSize: 50 });
  return conversations.find((listed) => listed.conversationId === conversationId);
}

/** Adds the page's scheme to an address of the form `//host`. */
function withScheme(url: string, scheme: "http" | "ws"): string {
  if (!url.startsWith("//")) return url;
  return `${scheme}${globalThis.location?.protocol === "http:" ? "" : "s"}:${url}`;
}

/** Makes a call, and calls the official client's callbacks with its outcome. */
async function withCallbacks<T>(
  onSuccess: ((result: T) => void) | undefined,
  onError: ((error: ErrorEvent) => void) | undefined,
  call: () => Promise<T>,
): Promise<T> {
  let result: T;
  try {
    result = await call();
  } catch (error) {
    if (error instanceof ErrorEvent) onError?.(error);
    throw error;
  }
  onSuccess?.(result);
  return result;
}

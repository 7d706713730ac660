// The connection: the official client's methods, each a call of RoamKit.

import init, { RoamClient, RoamError } from "../roamkit.js";
import * as check from "./arguments.js";
import { channel, serverPage } from "./conversations.js";
import { ErrorEvent, callError, sessionError } from "./errors.js";
import { Handlers, forward } from "./events.js";
import { LocalCache } from "./local-cache.js";
import { fromHistory } from "./messages.js";
import type { Surroundings } from "./messages.js";
import { expiry, tokenFor } from "./rest.js";
import { statusCode } from "./status.js";
import type { Context } from "./types/context.js";
import type * as Result from "./types/conversations.js";
import type { EventHandlerType } from "./types/events.js";
import type * as Parameters from "./types/parameters.js";

const DOMAIN = "easemob.com";

/**
 * A user's connection, as the official web client's `connection` is one. What it fetches is kept in RoamKit's local copy.
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
  /** The part before the `#`. */
  readonly orgName: string;
  /** The part after it. */
  readonly appName: string;
  /** Whether the servers are found through the service's host list. */
  readonly isHttpDNS: boolean;
  /** Where REST calls go; empty where the host list says it. */
  readonly apiUrl: string;
  /** Where the socket is; empty where the host list says it. */
  readonly url: string;
  /** The `deviceId` that was given, or `webim`. */
  readonly deviceId: string;
  /** Whether addresses of files are handed out as they were sent. */
  readonly useOwnUploadFun: boolean;
  /** The user's id; undefined before `open`. */
  user?: string;
  /** The token of the session; empty where there is none or it is not known. */
  token = "";
  /** How the user logged in; empty before that. */
  grantType: "password" | "accessToken" | "" = "";
  /** This device, as other devices see it in their events; empty before `open`. */
  clientResource = "";
  /** What is known of the session. */
  context: Context = {
    jid: { appKey: "", clientResource: "", domain: DOMAIN, name: "" },
    userId: "",
    appKey: "",
    orgName: "",
    appName: "",
    accessToken: "",
    restTokenData: "",
  };
  /** The local copy; readable without the network, as soon as `open` was called. */
  readonly localCache: LocalCache;

  #handlers = new Handlers();
  #client: RoamClient | undefined;
  #isUp = false;
  /** Set while a login is under way; `close` gives it up. */
  #attempt: object | undefined;
  #network: AbortController | undefined;

  /** Throws an `Error` for an `appKey` that is not of the form `org#app`. Nothing is loaded or sent before `open`. */
  constructor(options: Parameters.ConnectionParameters) {
    check.checkConnection(options);
    this.appKey = options.appKey;
    [this.orgName = "", this.appName = ""] = options.appKey.split("#");
    this.isHttpDNS = options.isHttpDNS ?? true;
    this.apiUrl = this.isHttpDNS ? "" : (options.apiUrl ?? "");
    this.url = this.isHttpDNS ? "" : (options.url ?? "");
    this.deviceId = options.deviceId || "webim";
    this.useOwnUploadFun = options.useOwnUploadFun ?? false;
    this.localCache = new LocalCache(() => ({ client: this.#client, at: this.#at() }));
  }

  /** Adds functions to call when something happens; those of an earlier call with the same name are replaced. */
  addEventHandler(eventHandlerId: string, eventHandler: EventHandlerType): void {
    this.#handlers.add(eventHandlerId, eventHandler);
  }

  /** Takes the functions of that name away. */
  removeEventHandler(eventHandlerId: string): void {
    this.#handlers.remove(eventHandlerId);
  }

  /**
   * Loads RoamKit where that is not done yet, opens the user's local copy, logs in, and resolves when the session is up.
   *
   * Rejects with an `ErrorEvent`; the local copy stays readable then. Reconnects by itself.
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
      const told = error instanceof RoamError ? sessionError(error.code, error.message) : error;
      parameters?.error?.(told as ErrorEvent);
      throw told;
    } finally {
      if (this.#attempt === attempt) this.#attempt = undefined;
    }
  }

  /** Whether the session is up. */
  isOpened(): boolean {
    return this.#client?.isConnected ?? false;
  }

  /** Ends the session and lets go of the local copy, which stays in this browser. */
  close(): void {
    this.#attempt = undefined;
    this.#letGo();
    this.#forgetToken();
    if (!this.#isUp) return;
    this.#isUp = false;
    setTimeout(() => this.#handlers.tell("onDisconnected"));
  }

  /** Hands over a new token without a new connection. Rejects with `{ status: false }` where there is none. */
  renewToken(token: string): Promise<Result.NewTokenResult> {
    const client = this.#client;
    if (!client?.isConnected) return Promise.reject({ status: false });
    if (typeof token !== "string" || token === "") throw Error('Invalid parameter: "token"');
    return this.#renew(client, token);
  }

  /** A page of the server's conversation list, newest activity first. */
  getServerConversations(
    params?: Parameters.ServerConversationsParameters,
  ): Promise<Result.AsyncResult<Result.ServerConversations>> {
    return this.#list(params, false);
  }

  /** A page of the server's list of pinned conversations. */
  getServerPinnedConversations(
    params?: Parameters.ServerConversationsParameters,
  ): Promise<Result.AsyncResult<Result.ServerConversations>> {
    return this.#list(params, true);
  }

  /** The conversation list in its older form: the service's default window, or a page by its number. */
  getConversationlist(
    params?: Parameters.ConversationlistParameters,
  ): Promise<Result.AsyncResult<Result.ConversationInfo>> {
    return called(params?.success, params?.error, async () => {
      const client = this.#session();
      const { pageNum = 0, pageSize = 0 } = params ?? {};
      const numbered = pageNum > 0 && pageSize > 0;
      let page = await this.#asked(
        client.fetchConversationsFromServer(numbered ? { pageSize, includeEmpty: true } : undefined),
      );
      for (let number = 1; numbered && number < pageNum; number += 1) {
        const { cursor } = page;
        if (cursor === undefined) page = { conversations: [] };
        else page = await this.#asked(client.fetchConversationsFromServer({ pageSize, includeEmpty: true, cursor }));
      }
      const channel_infos = page.conversations.map((one) => channel(one, this.appKey, this.#at()));
      return { type: 0, data: { channel_infos } };
    });
  }

  /** A page of a conversation's history. */
  getHistoryMessages(options: Parameters.HistoryParameters): Promise<Result.HistoryMessages> {
    return called(options?.success, options?.fail, async () => {
      check.checkHistory(options);
      const client = this.#session();
      const { targetId, chatType, cursor, searchDirection, searchOptions = {} } = options;
      const { from, msgTypes, startTime, endTime } = searchOptions;
      const page = await this.#asked(
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
      const messages = page.messages.map((message) => fromHistory(message, this.#at()));
      return { messages, isLast: page.isLast, ...(page.cursor !== undefined && { cursor: page.cursor }) };
    });
  }

  /** Removes messages one-way, by ids or up to a time: the user can fetch them no more, on any device. */
  async removeHistoryMessages(options: Parameters.RemoveHistoryParameters): Promise<void> {
    check.checkRemoval(options);
    const { targetId, chatType, messageIds, beforeTimeStamp = 0 } = options;
    const conversation = { conversationId: targetId, conversationType: chatType };
    const what = messageIds ? { msgIdList: messageIds } : { time: beforeTimeStamp };
    await this.#asked(this.#session().removeMessagesFromServer({ ...conversation, ...what }));
  }

  /** Deletes a conversation on the server, with or without its history. A new message brings it back. */
  deleteConversation(
    params: Parameters.DeleteConversationParameters,
  ): Promise<Result.AsyncResult<Result.DeleteSessionResult>> {
    check.checkDeletion(params);
    return called(params.success, params.error, async () => {
      const { channel, chatType, deleteRoam } = params;
      const conversation = { conversationId: channel, conversationType: chatType };
      await this.#asked(
        this.#session().deleteConversationFromServer({ ...conversation, isDeleteServerMessages: deleteRoam }),
      );
      return { type: 0, data: { result: "ok" } };
    });
  }

  /** Deletes all conversations and messages of the user on the server. */
  async deleteAllMessagesAndConversations(): Promise<void> {
    await this.#asked(this.#session().deleteAllMessagesAndConversations());
  }

  async #renew(client: RoamClient, token: string): Promise<Result.NewTokenResult> {
    const expire = this.apiUrl ? await expiry(this.#base(), client.user, token) : undefined;
    await this.#asked(client.renewToken(token));
    this.#takeToken(token);
    return { status: true, token, ...(expire !== undefined && { expire }) };
  }

  #list(params: Parameters.ServerConversationsParameters | undefined, pinnedOnly: boolean) {
    const session = this.#given();
    if (session instanceof ErrorEvent) return Promise.reject(session);
    check.checkList(params);
    const { pageSize, cursor, includeEmptyConversations } = params ?? {};
    const options = {
      pageSize: pageSize || 20,
      pinnedOnly,
      includeEmpty: includeEmptyConversations ?? false,
      ...(cursor && { cursor }),
    };
    return this.#asked(session.fetchConversationsFromServer(options)).then((page) => ({
      type: 0 as const,
      data: serverPage(page, this.#at()),
    }));
  }

  async #login(parameters: Parameters.OpenParameters, attempt: object): Promise<Result.LoginResult> {
    const { user, accessToken, pwd = "" } = parameters;
    const goOn = () => {
      if (this.#attempt !== attempt) throw sessionError(300, "closed");
    };
    await init();
    goOn();
    this.#letGo();
    const client = await RoamClient.open({
      appKey: this.appKey,
      user,
      ...(this.apiUrl && { apiUrl: absolute(this.apiUrl, "http") }),
      ...(this.url && { socketUrl: absolute(this.url, "ws") }),
      ...(this.deviceId !== "webim" && { deviceId: `webim_web_${this.deviceId}` }),
    });
    if (this.#attempt !== attempt) client.close();
    goOn();
    this.#client = client;
    this.#introduce(client);
    this.grantType = accessToken ? "accessToken" : "password";
    const result = accessToken ? { accessToken } : await this.#byPassword(user, pwd);
    goOn();
    this.#takeToken(result.accessToken);
    this.context.restTokenData = result.accessToken;
    try {
      await client.login(result.accessToken ? { token: result.accessToken } : { password: pwd });
    } catch (error) {
      goOn();
      if (error instanceof RoamError && error.code !== 300 && error.code !== 301) {
        const refusal = sessionError(error.code, error.message);
        this.#handlers.tell("onError", refusal);
        setTimeout(() => this.#handlers.tell("onDisconnected", refusal));
      }
      throw error;
    }
    return result;
  }

  async #byPassword(user: string, password: string): Promise<Result.LoginResult> {
    if (!this.apiUrl) return { accessToken: "" };
    const { access_token, expires_in } = await tokenFor(this.#base(), user, password);
    return { accessToken: access_token, duration: expires_in };
  }

  #letGo(): void {
    this.#network?.abort();
    this.#client?.close();
    this.#client = undefined;
  }

  /** Lets a client's events be heard, and what is known of it be read. */
  #introduce(client: RoamClient): void {
    const { appKey, orgName, appName } = this;
    const clientResource = client.deviceId;
    this.user = client.user;
    this.clientResource = clientResource;
    const jid = { appKey, name: client.user, domain: DOMAIN, clientResource };
    this.context = { ...this.context, jid, userId: client.user, appKey, orgName, appName };
    client.on("connected", () => {
      this.#isUp = true;
    });
    forward(client, this.#handlers, () => this.#at(), (reason) => {
      // RoamKit would wait for a new token; applications of the official client open a new connection.
      if (reason === undefined) return this.close();
      this.#isUp = false;
      this.#handlers.tell("onDisconnected", reason);
    });
    const { signal } = (this.#network = new AbortController());
    globalThis.addEventListener?.("online", () => this.#handlers.tell("onOnline"), { signal });
    globalThis.addEventListener?.("offline", () => this.#handlers.tell("onOffline"), { signal });
  }

  /** The client of a connection that was opened and not closed, or what is said where there is none. */
  #given(): RoamClient | ErrorEvent {
    if (this.#client) return this.#client;
    if (this.context.orgName) {
      const type = statusCode.WEBIM_CONNCTION_TOKEN_NOT_ASSIGN_ERROR;
      this.#handlers.tell("onError", new ErrorEvent({ type, message: "token not assign error" }));
    }
    return new ErrorEvent({ type: statusCode.REST_PARAMS_STATUS, message: "appkey or token error" });
  }

  #session(): RoamClient {
    const session = this.#given();
    if (session instanceof ErrorEvent) throw session;
    return session;
  }

  #asked<T>(answer: Promise<T>): Promise<T> {
    return answer.catch((error: unknown) => {
      throw callError(error);
    });
  }

  #at(): Surroundings {
    return this;
  }

  #base(): string {
    return `${absolute(this.apiUrl, "http")}/${this.orgName}/${this.appName}`;
  }

  #takeToken(token: string): void {
    this.token = token;
    this.context.accessToken = token;
  }

  #forgetToken(): void {
    this.token = "";
    this.context.accessToken = "";
  }
}

/** Addresses may be given without a scheme, as `//host`: then it is the page's. */
function absolute(url: string, scheme: "http" | "ws"): string {
  if (!url.startsWith("//")) return url;
  return `${scheme}${globalThis.location?.protocol === "http:" ? "" : "s"}:${url}`;
}

/** A promise, and the official client's two callbacks beside it. */
async function called<T>(
  success: ((result: T) => void) | undefined,
  failed: ((error: ErrorEvent) => void) | undefined,
  call: () => Promise<T>,
): Promise<T> {
  let result: T;
  try {
    result = await call();
  } catch (error) {
    if (error instanceof ErrorEvent) failed?.(error);
    throw error;
  }
  success?.(result);
  return result;
}

// One device: a RoamClient, its network switch and its events. Nothing here knows the page.

const EVENTS = [
  "connected",
  "disconnected",
  "messageReceived",
  "messageRemoved",
  "conversationDeleted",
  "conversationsChanged",
  "tokenWillExpire",
  "tokenExpired",
  "error",
];
const PAGE = 50;

/**
 * `state` is one of: opening, offline (by its switch), connecting, connected, disconnected (by the network),
 * failed (not signed in).
 */
export class Device {
  state = "opening";
  /** Called with (event name, what it brought) for every event of the SDK. */
  onEvent = () => {};
  /** Called when `state` has changed. */
  onState = () => {};
  #client;
  #options;
  #RoamClient;
  #turn = Promise.resolve();

  constructor(RoamClient, { user, deviceId, appKey, apiUrl, socketUrl }) {
    this.#RoamClient = RoamClient;
    this.#options = { user, deviceId, appKey, apiUrl, socketUrl };
  }

  get user() {
    return this.#options.user;
  }
  get online() {
    return this.state === "connected" || this.state === "disconnected";
  }

  /** Opens the local copy, off the network. */
  open() {
    return this.#inTurn(async () => {
      await this.#reopen();
      this.#become("offline");
    });
  }

  /** Goes on the network. */
  connect(password) {
    return this.#inTurn(async () => {
      if (this.online) return;
      if (!this.#client) await this.#reopen();
      this.#become("connecting");
      try {
        await this.#client.login({ password });
        if (this.state === "connecting") this.#become("connected");
      } catch (error) {
        this.#become("failed");
        throw error;
      }
    });
  }

  /** Leaves the network and goes on from the local copy: a client that is open but not logged in. */
  disconnect() {
    return this.open();
  }

  /** Ends it; `signOut` also ends the session on the server. */
  end(signOut) {
    return this.#inTurn(async () => {
      const client = this.#client;
      this.#client = undefined;
      if (!client) return;
      if (signOut && this.online) await client.logout().catch(() => {});
      client.close();
    });
  }

  conversations() {
    return this.#opened.loadAllConversations();
  }

  /** The service's default window, and what is pinned: the window does not say. */
  async refresh() {
    await this.#opened.fetchConversationsFromServer();
    await this.#opened.fetchConversationsFromServer({ pinnedOnly: true, pageSize: PAGE });
  }

  /** The whole list, page by page. */
  async refreshAll(onProgress) {
    let cursor;
    let count = 0;
    do {
      const page = await this.#opened.fetchConversationsFromServer({ pageSize: PAGE, cursor });
      count += page.conversations.length;
      onProgress(count);
      cursor = page.conversations.length > 0 ? page.cursor || undefined : undefined;
    } while (cursor);
  }

  /**
   * A page of history: from the local copy where that is whole, else from the server; off the network, from
   * the local copy, whole or not. Where the server fails, what is here is still shown: `error` says why.
   */
  async page(conversation, { direction, start, startTime }) {
    const where = { ...idOf(conversation), pageSize: PAGE, searchDirection: direction, startMsgId: start };
    const client = this.#opened;
    const local = startTime === undefined ? await client.loadMessages(where) : undefined;
    if (local && isWhole(local)) return local;
    // Off the network an empty page is the end: of the copy, not of the conversation.
    if (local && !this.online) return { ...local, isLast: local.isLast || local.messages.length === 0 };
    try {
      const page = await client.fetchHistoryMessages({ ...where, startTime });
      return { ...page, complete: true };
    } catch (error) {
      if (local?.messages.length) return { ...local, error };
      throw error;
    }
  }

  /** A page of the local copy alone, towards older messages. */
  localPage(conversation, start) {
    return this.#opened.loadMessages({ ...idOf(conversation), pageSize: PAGE, startMsgId: start });
  }

  /** All of a conversation, newest first, page by page: from the local copy, and what that misses from the server. */
  walk(conversation, signal) {
    return this.#opened.history({ ...idOf(conversation), pageSize: PAGE, signal });
  }

  /** When the conversation began, as the server says; undefined where it is empty. */
  async beginOf(conversation, signal) {
    const first = { ...idOf(conversation), pageSize: 1, searchDirection: "down", signal };
    return (await this.#opened.fetchHistoryMessages(first)).messages[0]?.timestamp;
  }

  removeMessages(conversation, ids) {
    return this.#opened.removeMessagesFromServer({ ...idOf(conversation), msgIdList: ids });
  }

  removeUpTo(conversation, time) {
    return this.#opened.removeMessagesFromServer({ ...idOf(conversation), time });
  }

  deleteConversation(conversation, isDeleteServerMessages) {
    return this.#opened.deleteConversationFromServer({ ...idOf(conversation), isDeleteServerMessages });
  }

  get #opened() {
    if (!this.#client) throw new Error("The device is closed.");
    return this.#client;
  }

  async #reopen() {
    this.#client?.close();
    this.#client = undefined;
    const client = await this.#RoamClient.open(this.#options);
    this.#client = client;
    for (const name of EVENTS) {
      client.on(name, (value) => {
        if (client === this.#client) this.#take(name, value);
      });
    }
  }

  #take(name, value) {
    if (name === "connected") this.#become("connected");
    if (name === "disconnected") this.#become(value?.willReconnect === false ? "failed" : "disconnected");
    this.onEvent(name, value);
  }

  #become(state) {
    if (state === this.state) return;
    this.state = state;
    this.onState(state);
  }

  /** One change at a time: a switch that is flicked twice ends as it stands. */
  #inTurn(job) {
    const done = this.#turn.then(job);
    this.#turn = done.catch(() => {});
    return done;
  }
}

const idOf = ({ conversationId, conversationType }) => ({ conversationId, conversationType });
const isWhole = (page) => page.complete && (page.isLast || page.messages.length === PAGE);

export const isSame = (a, b) =>
  a?.conversationId === b?.conversationId && a?.conversationType === b?.conversationType;

// One device: a RoamClient, its network switch and its events. This module does not access the page.

const EVENTS = [
  "connected",
  "disconnected",
  "messageReceived",
  "messageRemoved",
  "conversationDeleted",
  "conversationRead",
  "conversationsChanged",
  "tokenWillExpire",
  "tokenExpired",
  "error",
];
const PAGE = 50;

/**
 * `state` is one of: opening, offline (switched off), connecting, connected, disconnected (the connection was lost),
 * failed (the login failed).
 */
export class Device {
  state = "opening";
  /** Called with (name, value) for every event of the SDK. */
  onEvent = () => {};
  /** Called when `state` has changed. */
  onState = () => {};
  #client;
  #options;
  #RoamClient;
  #queue = Promise.resolve();

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

  /** Opens the local copy without logging in. */
  open() {
    return this.#enqueue(async () => {
      await this.#reopen();
      this.#setState("offline");
    });
  }

  /** Logs in. */
  connect(password) {
    return this.#enqueue(async () => {
      if (this.online) return;
      if (!this.#client) await this.#reopen();
      this.#setState("connecting");
      try {
        await this.#client.login({ password });
        if (this.state === "connecting") this.#setState("connected");
      } catch (error) {
        this.#setState("failed");
        throw error;
      }
    });
  }

  /** Closes the session and reopens the local copy without logging in. */
  disconnect() {
    return this.open();
  }

  /** Closes the client. `signOut` also ends the session on the server. */
  end(signOut) {
    return this.#enqueue(async () => {
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

  /** Fetches the service's default list and the pinned conversations, which the default list does not mark. */
  async refresh() {
    await this.#opened.fetchConversationsFromServer();
    await this.#opened.fetchConversationsFromServer({ pinnedOnly: true, pageSize: PAGE });
  }

  /** Fetches the whole list, page by page. */
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
   * Reads a page of history: from the local copy if it has the complete page, or else from the server. An offline device
   * uses an incomplete local page. So does a failed request; the page's `error` is then the reason.
   */
  async page(conversation, { direction, start, startTime }) {
    const options = { ...idOf(conversation), pageSize: PAGE, searchDirection: direction, startMsgId: start };
    const client = this.#opened;
    const local = startTime === undefined ? await client.loadMessages(options) : undefined;
    if (local && isWholePage(local)) return local;
    // For an offline device, an empty page is the end of the local copy.
    if (local && !this.online) return { ...local, isLast: local.isLast || local.messages.length === 0 };
    try {
      const page = await client.fetchHistoryMessages({ ...options, startTime });
      return { ...page, complete: true };
    } catch (error) {
      if (local?.messages.length) return { ...local, error };
      throw error;
    }
  }

  /** Reads a page of older messages only from the local copy. */
  localPage(conversation, start) {
    return this.#opened.loadMessages({ ...idOf(conversation), pageSize: PAGE, startMsgId: start });
  }

  /** Iterates over a whole conversation, newest first. Missing pages of the local copy are fetched. */
  walk(conversation, signal) {
    return this.#opened.history({ ...idOf(conversation), pageSize: PAGE, signal });
  }

  /** Fetches the time of the first message; undefined if the conversation is empty. */
  async timeOfFirstMessage(conversation, signal) {
    const first = { ...idOf(conversation), pageSize: 1, searchDirection: "down", signal };
    return (await this.#opened.fetchHistoryMessages(first)).messages[0]?.timestamp;
  }

  /** Marks a conversation as read: here, on the server and on the other devices. Works offline, too. */
  async markAsRead(conversation) {
    return this.#opened.markConversationAsRead(idOf(conversation));
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
        if (client === this.#client) this.#handleEvent(name, value);
      });
    }
  }

  #handleEvent(name, value) {
    if (name === "connected") this.#setState("connected");
    if (name === "disconnected") this.#setState(value?.willReconnect === false ? "failed" : "disconnected");
    this.onEvent(name, value);
  }

  #setState(state) {
    if (state === this.state) return;
    this.state = state;
    this.onState(state);
  }

  /** Runs actions one after the other, so that the last position of the switch wins. */
  #enqueue(action) {
    const done = this.#queue.then(action);
    this.#queue = done.catch(() => {});
    return done;
  }
}

const idOf = ({ conversationId, conversationType }) => ({ conversationId, conversationType });
const isWholePage = (page) => page.complete && (page.isLast || page.messages.length === PAGE);

export const isSame = (a, b) =>
  a?.conversationId === b?.conversationId && a?.conversationType === b?.conversationType;

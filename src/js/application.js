// What the application gets in its hands.

// What every call of RoamKit rejects with; `error.rs` holds the codes and the typings.
export class RoamError extends Error {
  constructor(code, reason, message) {
    super(message);
    this.name = "RoamError";
    this.code = code;
    this.reason = reason;
  }
}

// The codes' names, as `error.rs` has them.
const REASONS = {
  1: "GENERAL_ERROR",
  2: "NETWORK_ERROR",
  3: "DATABASE_ERROR",
  4: "EXCEED_SERVICE_LIMIT",
  100: "INVALID_APP_KEY",
  101: "INVALID_USER_NAME",
  102: "INVALID_PASSWORD",
  104: "INVALID_TOKEN",
  108: "TOKEN_EXPIRED",
  110: "INVALID_PARAM",
  201: "USER_NOT_LOGIN",
  202: "USER_AUTHENTICATION_FAILED",
  204: "USER_NOT_FOUND",
  206: "USER_LOGIN_ANOTHER_DEVICE",
  207: "USER_REMOVED",
  210: "USER_PERMISSION_DENIED",
  214: "USER_LOGIN_TOO_MANY_DEVICES",
  216: "USER_KICKED_BY_CHANGE_PASSWORD",
  217: "USER_KICKED_BY_OTHER_DEVICE",
  300: "SERVER_NOT_REACHABLE",
  301: "SERVER_TIMEOUT",
  302: "SERVER_BUSY",
  303: "SERVER_UNKNOWN_ERROR",
  304: "SERVER_GET_DNSLIST_FAILED",
  500: "MESSAGE_INVALID",
  505: "SERVICE_NOT_ENABLED",
  602: "GROUP_NOT_JOINED",
  605: "GROUP_NOT_EXIST",
};

export function failed(code, message) {
  return new RoamError(code, REASONS[code], message);
}

const EVENTS = [
  "messageRemoved",
  "conversationDeleted",
  "messageReceived",
  "conversationsChanged",
  "connected",
  "disconnected",
  "tokenWillExpire",
  "tokenExpired",
  "error",
];

// The listeners of one client. They live in JS, so that the garbage collector owns them: an application may
// forget its `off` function, and nothing leaks.
export class Emitter {
  #listeners = new Map();

  // Returns a function that takes the listener away; calling it twice is fine.
  on(type, listener) {
    const known = EVENTS.includes(type);
    if (!known || typeof listener !== "function") {
      const given = typeof type === "string" ? `"${type}"` : "no string";
      const event = `on: the event's name must be one of ${EVENTS.join(", ")}, but was ${given}`;
      throw failed(110, known ? `on(${given}, …): the listener must be a function` : event);
    }
    const entry = { listener };
    const set = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, set.add(entry));
    return () => void set.delete(entry);
  }

  // A listener that throws is reported as the page's own uncaught errors are; the others still hear.
  emit(type, event) {
    for (const { listener } of [...(this.#listeners.get(type) ?? [])]) {
      try {
        listener(event);
      } catch (error) {
        setTimeout(() => {
          throw error;
        });
      }
    }
  }

  // What another tab tells: a JSON list of names, each with its event. What cannot be read is passed over.
  tell(text) {
    try {
      for (const [type, event] of JSON.parse(text)) this.emit(type, event);
    } catch {
      // Of no such form: a tab with another version of this page may have said it.
    }
  }

  clear() {
    for (const set of this.#listeners.values()) set.clear();
  }
}

// The walk behind `client.history()`. A generator of the platform's own, so that leaving a loop early, several
// loops over one walk, and errors all behave as every other async iterable does.
export function pages(read) {
  return {
    async *[Symbol.asyncIterator]() {
      let at;
      do {
        const { messages, cursor } = await read(at);
        if (messages.length > 0) yield messages;
        // A page that leads back to where it began would lead round for ever.
        if (cursor === at) return;
        at = cursor;
      } while (at !== undefined);
    },
  };
}

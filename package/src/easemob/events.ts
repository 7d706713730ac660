// Handlers, and what RoamKit's events are for them.

import type { Message, RoamClient } from "../roamkit.js";
import { callError, sessionError } from "./errors.js";
import type { ErrorEvent } from "./errors.js";
import { fromHistory } from "./messages.js";
import type { Surroundings } from "./messages.js";
import type { EventHandlerType } from "./types/events.js";
import type { ExcludeAckMessageBody, MessageBody } from "./types/messages.js";

type Arguments<K extends keyof EventHandlerType> = Parameters<NonNullable<EventHandlerType[K]>>;

const ON_MESSAGE = {
  txt: "onTextMessage",
  img: "onImageMessage",
  audio: "onAudioMessage",
  video: "onVideoMessage",
  file: "onFileMessage",
  loc: "onLocationMessage",
  cmd: "onCmdMessage",
  custom: "onCustomMessage",
  combine: "onCombineMessage",
} as const satisfies Record<MessageBody["type"], keyof EventHandlerType>;

/** The handlers of a connection, by the names they were added with. */
export class Handlers {
  #handlers = new Map<string, EventHandlerType>();
  #arrived: ExcludeAckMessageBody[] = [];

  /** One of the same name is replaced. */
  add(id: string, handler: EventHandlerType): void {
    this.#handlers.set(id, handler);
  }

  /** From now on it hears nothing. */
  remove(id: string): void {
    this.#handlers.delete(id);
  }

  /** A handler that throws is reported as the page's own uncaught errors are; the others still hear. */
  tell<K extends keyof EventHandlerType>(name: K, ...values: Arguments<K>): void {
    for (const handler of [...this.#handlers.values()]) {
      try {
        (handler[name] as ((...values: Arguments<K>) => void) | undefined)?.call(handler, ...values);
      } catch (error) {
        setTimeout(() => {
          throw error;
        });
      }
    }
  }

  /** What came at once is told at once by `onMessage`, after each was told by itself. */
  arrived(message: MessageBody): void {
    this.tell(ON_MESSAGE[message.type], message as never);
    if (message.type === "cmd") return;
    this.#arrived.push(message);
    if (this.#arrived.length > 1) return;
    queueMicrotask(() => this.tell("onMessage", this.#arrived.splice(0)));
  }
}

/** Hands a client's events on to a connection's handlers; `ended` hears that the session is over, or has to be. */
export function forward(
  client: RoamClient,
  handlers: Handlers,
  at: () => Surroundings,
  ended: (reason?: ErrorEvent) => void,
): void {
  const kind = (type: Message["conversationType"]) => (type === "singleChat" ? "singleChat" : "groupChat");
  client.on("connected", () => handlers.tell("onConnected"));
  client.on("disconnected", ({ code, reason, willReconnect }) => {
    if (willReconnect) return handlers.tell("onReconnecting");
    const error = sessionError(code, reason);
    handlers.tell("onError", error);
    ended(error);
  });
  client.on("tokenWillExpire", () => handlers.tell("onTokenWillExpire"));
  client.on("tokenExpired", () => {
    handlers.tell("onTokenExpired");
    ended();
  });
  client.on("error", (error) => handlers.tell("onError", callError(error) as ErrorEvent));
  client.on("messageReceived", (message) => handlers.arrived(fromHistory(message, at())));
  client.on("messageRemoved", ({ conversationId, conversationType, deviceId }) =>
    handlers.tell("onMultiDeviceEvent", {
      operation: "deleteRoaming",
      conversationId,
      chatType: kind(conversationType),
      resource: deviceId,
    }),
  );
  client.on("conversationDeleted", ({ conversationId, conversationType, timestamp }) =>
    handlers.tell("onMultiDeviceEvent", {
      operation: "deleteConversation",
      conversationId,
      conversationType: kind(conversationType),
      timestamp,
    }),
  );
}

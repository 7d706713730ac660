// Event handlers, and the conversion of RoamKit's events.

import type { Message, RoamClient } from "../roamkit.js";
import { callError, sessionError } from "./errors.js";
import type { ErrorEvent } from "./errors.js";
import { fromHistory } from "./messages.js";
import type { FormatContext } from "./messages.js";
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

/** The handlers of a connection by their ids. */
export class Handlers {
  #handlers = new Map<string, EventHandlerType>();
  #batch: ExcludeAckMessageBody[] = [];

  /** Adds a handler. It replaces an earlier one with the same id. */
  add(id: string, handler: EventHandlerType): void {
    this.#handlers.set(id, handler);
  }

  /** Removes a handler. */
  remove(id: string): void {
    this.#handlers.delete(id);
  }

  /** Calls the handlers of an event. An error in one is reported as an uncaught error and does not stop the others. */
  emit<K extends keyof EventHandlerType>(name: K, ...values: Arguments<K>): void {
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

  /** Emits a message by its type. Messages that arrive together are also emitted together by `onMessage`. */
  emitMessage(message: MessageBody): void {
    this.emit(ON_MESSAGE[message.type], message as never);
    if (message.type === "cmd") return;
    this.#batch.push(message);
    if (this.#batch.length > 1) return;
    queueMicrotask(() => this.emit("onMessage", this.#batch.splice(0)));
  }
}

/**
 * Forwards a client's events to a connection's handlers.
 * @param format returns the current formatting context
 * @param onEnd called when the session has ended, or, without a reason, when it must be closed
 */
export function forward(
  client: RoamClient,
  handlers: Handlers,
  format: () => FormatContext,
  onEnd: (reason?: ErrorEvent) => void,
): void {
  const kind = (type: Message["conversationType"]) => (type === "singleChat" ? "singleChat" : "groupChat");
  client.on("connected", () => handlers.emit("onConnected"));
  client.on("disconnected", ({ code, reason, willReconnect }) => {
    if (willReconnect) return handlers.emit("onReconnecting");
    const error = sessionError(code, reason);
    handlers.emit("onError", error);
    onEnd(error);
  });
  client.on("tokenWillExpire", () => handlers.emit("onTokenWillExpire"));
  client.on("tokenExpired", () => {
    handlers.emit("onTokenExpired");
    onEnd();
  });
  client.on("error", (error) => handlers.emit("onError", callError(error) as ErrorEvent));
  client.on("messageReceived", (message) => handlers.emitMessage(fromHistory(message, format())));
  client.on("messageRemoved", ({ conversationId, conversationType, deviceId }) =>
    handlers.emit("onMultiDeviceEvent", {
      operation: "deleteRoaming",
      conversationId,
      chatType: kind(conversationType),
      resource: deviceId,
    }),
  );
  client.on("conversationDeleted", ({ conversationId, conversationType, timestamp }) =>
    handlers.emit("onMultiDeviceEvent", {
      operation: "deleteConversation",
      conversationId,
      conversationType: kind(conversationType),
      timestamp,
    }),
  );
}

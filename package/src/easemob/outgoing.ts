// The messages that an application creates. RoamKit has one: it marks a conversation as read.

import type { ChannelMsgBody, CreateChannelMsgParameters } from "./types/outgoing.js";

let created = 0;

/** Creates messages, like the official client's `message`. */
export const message = {
  /**
   * Creates the message that marks a conversation as read. Pass it to `send`.
   *
   * Throws an `Error` for every other type.
   */
  create(options: CreateChannelMsgParameters): ChannelMsgBody {
    const { type, chatType, to, from } = options;
    if (type !== "channel") throw Error(`RoamKit creates messages of the type "channel" only: ${String(type)}`);
    const time = Date.now();
    created += 1;
    return { id: String(time + created), type, chatType: chatType || "singleChat", to, from: from || "", time };
  },
};

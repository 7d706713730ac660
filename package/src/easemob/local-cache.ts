// The local copy with the names of the official client's local cache.

import type { Conversation, RoamClient } from "../roamkit.js";
import { checkSession } from "./arguments.js";
import { localItem } from "./conversations.js";
import { callError } from "./errors.js";
import type { FormatContext } from "./messages.js";
import type { AsyncResult, LocalConversationItem } from "./types/conversations.js";
import type { SessionParams } from "./types/parameters.js";

/** The current state of a connection. */
interface ConnectionState {
  client: RoamClient | undefined;
  context: FormatContext;
}

/**
 * The conversations of the local copy. They are readable without the network as soon as `open` was called, even if it
 * fails. Before `open` and after `close` the cache is empty.
 */
export class LocalCache {
  #state: () => ConnectionState;

  /** @internal */
  constructor(state: () => ConnectionState) {
    this.#state = state;
  }

  /** Returns all conversations with users and groups, newest activity first. */
  async getLocalConversations(): Promise<AsyncResult<LocalConversationItem[]>> {
    const { client, context } = this.#state();
    const all = (await client?.loadAllConversations().catch(rethrow)) ?? [];
    const data = all
      .filter(({ conversationType }) => conversationType !== "chatRoom")
      .sort((a, b) => time(b) - time(a))
      .map((conversation) => localItem(conversation, context));
    return { type: 0, data };
  }

  /** Returns one conversation. `data` is undefined if the local copy does not contain it. */
  async getLocalConversation(params: SessionParams): Promise<AsyncResult<LocalConversationItem | undefined>> {
    const { client, context } = this.#state();
    checkSession(params);
    const found = await client?.getConversation(params.conversationId, params.conversationType).catch(rethrow);
    return { type: 0, data: found && localItem(found, context) };
  }

  /** Sets the unread count of a conversation to 0: here, on the server and on the user's other devices. */
  async clearConversationUnreadCount(params: SessionParams): Promise<void> {
    const { client } = this.#state();
    checkSession(params);
    const { conversationId, conversationType } = params;
    await client?.markConversationAsRead({ conversationId, conversationType }).catch(rethrow);
  }
}

const time = ({ lastMessage }: Conversation) => lastMessage?.timestamp ?? 0;

function rethrow(error: unknown): never {
  throw callError(error);
}

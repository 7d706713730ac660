// The local copy, by the names of the official client's local cache.

import type { Conversation, RoamClient } from "../roamkit.js";
import { checkSession } from "./arguments.js";
import { localItem } from "./conversations.js";
import { callError } from "./errors.js";
import type { Surroundings } from "./messages.js";
import type { AsyncResult, LocalConversationItem } from "./types/conversations.js";
import type { SessionParams } from "./types/parameters.js";

/** What a connection has now. */
interface Now {
  client: RoamClient | undefined;
  at: Surroundings;
}

/**
 * The conversations of the local copy. Needs no network: readable as soon as `open` was called, also if it fails. Before
 * that, and after `close`, there is nothing in it.
 */
export class LocalCache {
  #now: () => Now;

  /** @internal */
  constructor(now: () => Now) {
    this.#now = now;
  }

  /** All conversations with users and groups, newest activity first. */
  async getLocalConversations(): Promise<AsyncResult<LocalConversationItem[]>> {
    const { client, at } = this.#now();
    const all = (await client?.loadAllConversations().catch(failed)) ?? [];
    const data = all
      .filter((one) => one.conversationType !== "chatRoom")
      .sort((a, b) => time(b) - time(a))
      .map((one) => localItem(one, at));
    return { type: 0, data };
  }

  /** One conversation; `data` is undefined where it is not known. */
  async getLocalConversation(params: SessionParams): Promise<AsyncResult<LocalConversationItem | undefined>> {
    const { client, at } = this.#now();
    checkSession(params);
    const found = await client?.getConversation(params.conversationId, params.conversationType).catch(failed);
    return { type: 0, data: found && localItem(found, at) };
  }
}

const time = ({ lastMessage }: Conversation) => lastMessage?.timestamp ?? 0;

function failed(error: unknown): never {
  throw callError(error);
}

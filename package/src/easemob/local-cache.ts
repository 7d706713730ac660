// The local copy, by the names of the official client's local cache.

import type { RoamClient } from "../roamkit.js";
import { checkSession } from "./arguments.js";
import { localItem } from "./conversations.js";
import { callError } from "./errors.js";
import type { Surroundings } from "./messages.js";
import type { AsyncResult, LocalConversationItem } from "./types/conversations.js";
import type { SessionParams } from "./types/parameters.js";

/** What is needed to read the local copy; undefined before `open`. */
type Copy = () => { client: RoamClient; at: Surroundings };

/** The conversations of the local copy. Needs no network: readable as soon as `open` was called. */
export class LocalCache {
  #copy: Copy;

  /** @internal */
  constructor(copy: Copy) {
    this.#copy = copy;
  }

  /** All conversations with users and groups, pinned ones first, then by their newest message. */
  async getLocalConversations(): Promise<AsyncResult<LocalConversationItem[]>> {
    const { client, at } = this.#copy();
    try {
      const all = await client.loadAllConversations();
      const data = all.filter((one) => one.conversationType !== "chatRoom").map((one) => localItem(one, at));
      return { type: 0, data };
    } catch (error) {
      throw callError(error);
    }
  }

  /** One conversation; `data` is undefined where it is not known. */
  async getLocalConversation(params: SessionParams): Promise<AsyncResult<LocalConversationItem | undefined>> {
    const { client, at } = this.#copy();
    checkSession(params);
    try {
      const found = await client.getConversation(params.conversationId, params.conversationType);
      return { type: 0, data: found && localItem(found, at) };
    } catch (error) {
      throw callError(error);
    }
  }
}

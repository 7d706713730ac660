import { useCallback, useEffect, useState } from "react";
import type { Conversation, Message, RoamClient } from "roamkit";

export type Peer = Pick<Conversation, "conversationId" | "conversationType">;

const CHANGES = ["messageReceived", "messageRemoved", "conversationDeleted", "conversationsChanged"] as const;

/**
 * Returns the newest messages of a conversation, oldest first: those of the local copy at once, those of the server when the
 * session is up, and new ones after every change. `remove` removes messages for this user on all devices.
 */
export function useConversation(client: RoamClient | undefined, peer: Peer | undefined) {
  const [messages, setMessages] = useState<Message[]>([]);
  const [error, setError] = useState<Error>();
  const { conversationId, conversationType } = peer ?? {};

  useEffect(() => {
    if (!client || !conversationId || !conversationType) return;
    const page = { conversationId, conversationType, pageSize: 50 };
    const controller = new AbortController();
    let reads = 0;

    const attempt = async (...steps: (() => Promise<void>)[]) => {
      try {
        for (const step of steps) await step();
      } catch (error) {
        if (!controller.signal.aborted) setError(error as Error);
      }
    };
    const read = async () => {
      const number = (reads += 1);
      const { messages } = await client.loadMessages(page);
      if (number === reads && !controller.signal.aborted) setMessages(messages.reverse()); // unless a later read has started
    };
    const fetch = async () => {
      await client.fetchHistoryMessages({ ...page, signal: controller.signal });
      setError(undefined);
    };

    const unsubscribers = CHANGES.map((event) => client.on(event, () => void attempt(read)));
    unsubscribers.push(client.on("connected", () => void attempt(fetch, read)));
    void attempt(read, ...(client.isConnected ? [fetch, read] : []));
    return () => {
      controller.abort();
      for (const unsubscribe of unsubscribers) unsubscribe();
      setMessages([]);
      setError(undefined);
    };
  }, [client, conversationId, conversationType]);

  const remove = useCallback(
    async (...msgIdList: string[]) => {
      if (!client || !conversationId || !conversationType) return;
      try {
        await client.removeMessagesFromServer({ conversationId, conversationType, msgIdList });
        setMessages((messages) => messages.filter(({ id }) => !msgIdList.includes(id)));
      } catch (error) {
        setError(error as Error);
      }
    },
    [client, conversationId, conversationType],
  );

  return { messages, error, remove };
}

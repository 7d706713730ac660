import { useCallback, useEffect, useState } from "react";
import type { Conversation, Message, RoamClient } from "roamkit";

export type Peer = Pick<Conversation, "conversationId" | "conversationType">;

const CHANGES = ["messageReceived", "messageRemoved", "conversationDeleted", "conversationsChanged"] as const;

/**
 * The newest messages of a conversation, oldest first: from the local copy at once, from the server whenever the session
 * is up, and again with every change. `remove` removes messages for this user, on all devices.
 */
export function useConversation(client: RoamClient | undefined, peer: Peer | undefined) {
  const [messages, setMessages] = useState<Message[]>([]);
  const [error, setError] = useState<Error>();
  const { conversationId, conversationType } = peer ?? {};

  useEffect(() => {
    if (!client || !conversationId || !conversationType) return;
    const page = { conversationId, conversationType, pageSize: 50 };
    const ending = new AbortController();
    let reads = 0;

    const attempt = async (...steps: (() => Promise<void>)[]) => {
      try {
        for (const step of steps) await step();
      } catch (error) {
        if (!ending.signal.aborted) setError(error as Error);
      }
    };
    const read = async () => {
      const mine = (reads += 1);
      const { messages } = await client.loadMessages(page);
      if (mine === reads && !ending.signal.aborted) setMessages(messages.reverse()); // unless a later one overtook it
    };
    const fetch = async () => {
      await client.fetchHistoryMessages({ ...page, signal: ending.signal });
      setError(undefined);
    };

    const offs = CHANGES.map((event) => client.on(event, () => void attempt(read)));
    offs.push(client.on("connected", () => void attempt(fetch, read)));
    void attempt(read, ...(client.isConnected ? [fetch, read] : []));
    return () => {
      ending.abort();
      for (const off of offs) off();
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

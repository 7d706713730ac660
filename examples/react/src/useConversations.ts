import { useEffect, useState } from "react";
import type { Conversation, RoamClient } from "roamkit";

/** Returns the conversation list of the local copy. It is fetched again whenever the session comes up. */
export function useConversations(client: RoamClient | undefined) {
  const [conversations, setConversations] = useState<Conversation[]>([]);

  useEffect(() => {
    if (!client) return;
    let ended = false;
    let reads = 0;
    const read = async () => {
      const number = (reads += 1);
      const conversations = await client.loadAllConversations();
      if (number === reads && !ended) setConversations(conversations);
    };
    const attempt = (promise: Promise<unknown>) => promise.catch((error) => ended || console.error(error));

    // Fetching changes the local copy, which emits `conversationsChanged`.
    const unsubscribers = [
      client.on("conversationsChanged", () => void attempt(read())),
      client.on("connected", () => void attempt(client.fetchConversationsFromServer({ pageSize: 50 }))),
    ];
    void attempt(read());
    return () => {
      ended = true;
      for (const unsubscribe of unsubscribers) unsubscribe();
      setConversations([]);
    };
  }, [client]);

  return conversations;
}

import { useEffect, useState } from "react";
import type { Conversation, RoamClient } from "roamkit";

/** The list of conversations: the local copy's, brought up to date whenever the session is up. */
export function useConversations(client: RoamClient | undefined) {
  const [conversations, setConversations] = useState<Conversation[]>([]);

  useEffect(() => {
    if (!client) return;
    let ended = false;
    let reads = 0;
    const read = async () => {
      const mine = (reads += 1);
      const conversations = await client.loadAllConversations();
      if (mine === reads && !ended) setConversations(conversations);
    };
    const attempt = (promise: Promise<unknown>) => promise.catch((error) => ended || console.error(error));

    // What is fetched changes the local copy, and that is told.
    const offs = [
      client.on("conversationsChanged", () => void attempt(read())),
      client.on("connected", () => void attempt(client.fetchConversationsFromServer({ pageSize: 50 }))),
    ];
    void attempt(read());
    return () => {
      ended = true;
      for (const off of offs) off();
      setConversations([]);
    };
  }, [client]);

  return conversations;
}

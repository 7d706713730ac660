"use client";

import { useEffect, useReducer, useState } from "react";
// Importing it on the server does nothing; what needs a browser begins with init() and open().
import init, { RoamClient, type Conversation, type Message } from "roamkit";

export interface Account {
  server: string;
  appKey: string;
  user: string;
  password: string;
}

type Peer = Pick<Conversation, "conversationId" | "conversationType">;

const CHANGES = ["messageReceived", "messageRemoved", "conversationDeleted", "conversationsChanged"] as const;

/** An account's conversations, and the newest messages of the one that was chosen. */
export function useChat(account: Account) {
  const [client, setClient] = useState<RoamClient>();
  const [connected, setConnected] = useState(false);
  const [status, setStatus] = useState("Signing in …");
  const [peer, choose] = useState<Peer>();
  const [shown, setShown] = useState({ conversations: [] as Conversation[], messages: [] as Message[] });
  const [version, changed] = useReducer((version: number) => version + 1, 0); // of the local copy

  // The client: opened with the component and closed with it, also when React mounts it twice.
  useEffect(() => {
    let ended = false;
    let opened: RoamClient | undefined;

    async function start({ server, appKey, user, password }: Account) {
      await init(); // once; a second call does nothing
      // Without addresses the hosted service is found through its host list.
      const addresses = server ? { apiUrl: server, socketUrl: `${server.replace(/^http/, "ws")}/websocket` } : {};
      opened = await RoamClient.open({ appKey, user, ...addresses });
      if (ended) return opened.close();
      for (const event of CHANGES) opened.on(event, () => changed());
      const told = (connected: boolean, status: string) => {
        setConnected(connected);
        setStatus(status);
      };
      opened.on("connected", () => told(true, ""));
      opened.on("disconnected", ({ reason }) => told(false, `Offline: ${reason}`));
      opened.on("error", ({ message }) => setStatus(message));
      setClient(opened);
      await opened.login({ password }); // or { token }, from your own backend
    }

    start(account).catch((error: Error) => ended || setStatus(error.message));
    return () => {
      ended = true;
      opened?.close();
      setClient(undefined);
      setConnected(false);
    };
  }, [account]);

  // What is shown comes from the local copy: at once, and again after every change.
  useEffect(() => {
    if (!client) return;
    let overtaken = false;
    async function read(client: RoamClient) {
      const conversations = await client.loadAllConversations();
      const messages = peer ? (await client.loadMessages({ ...peer, pageSize: 50 })).messages.reverse() : [];
      if (!overtaken) setShown({ conversations, messages });
    }
    read(client).catch((error: Error) => overtaken || setStatus(error.message));
    return () => void (overtaken = true);
  }, [client, peer, version]);

  // Whenever the session is up, the local copy is brought up to date.
  useEffect(() => {
    if (!client || !connected) return;
    const ending = new AbortController();
    const { signal } = ending;
    Promise.all([
      client.fetchConversationsFromServer({ pageSize: 50, signal }),
      peer && client.fetchHistoryMessages({ ...peer, pageSize: 50, signal }),
    ]).then(changed, (error: Error) => signal.aborted || setStatus(error.message));
    return () => ending.abort();
  }, [client, connected, peer]);

  const remove = async (...msgIdList: string[]) => {
    if (!client || !peer) return;
    await client.removeMessagesFromServer({ ...peer, msgIdList }).then(changed, (error: Error) => setStatus(error.message));
  };

  return { ...shown, peer, status, choose, remove };
}

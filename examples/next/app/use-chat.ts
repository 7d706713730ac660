"use client";

import { useEffect, useReducer, useState } from "react";
// The import has no side effects on the server. Only init() and open() need a browser.
import init, { RoamClient, type Conversation, type Message } from "roamkit";

export interface Account {
  server: string;
  appKey: string;
  user: string;
  password: string;
}

type Peer = Pick<Conversation, "conversationId" | "conversationType">;

const CHANGES = ["messageReceived", "messageRemoved", "conversationDeleted", "conversationsChanged"] as const;

/** Returns the conversations of an account and the newest messages of the chosen one. */
export function useChat(account: Account) {
  const [client, setClient] = useState<RoamClient>();
  const [connected, setConnected] = useState(false);
  const [status, setStatus] = useState("Signing in …");
  const [peer, choose] = useState<Peer>();
  const [shown, setShown] = useState({ conversations: [] as Conversation[], messages: [] as Message[] });
  const [version, changed] = useReducer((version: number) => version + 1, 0); // of the local copy

  // Opens a client with the component and closes it with the component, also if React mounts it twice.
  useEffect(() => {
    let ended = false;
    let opened: RoamClient | undefined;

    async function start({ server, appKey, user, password }: Account) {
      await init(); // once; a second call does nothing
      // Without addresses the client uses the hosted service.
      const addresses = server ? { apiUrl: server, socketUrl: `${server.replace(/^http/, "ws")}/websocket` } : {};
      opened = await RoamClient.open({ appKey, user, ...addresses });
      if (ended) return opened.close();
      for (const event of CHANGES) opened.on(event, () => changed());
      const update = (connected: boolean, status: string) => {
        setConnected(connected);
        setStatus(status);
      };
      opened.on("connected", () => update(true, ""));
      opened.on("disconnected", ({ reason }) => update(false, `Offline: ${reason}`));
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

  // Reads the local copy at once and after every change.
  useEffect(() => {
    if (!client) return;
    let outdated = false;
    async function read(client: RoamClient) {
      const conversations = await client.loadAllConversations();
      const messages = peer ? (await client.loadMessages({ ...peer, pageSize: 50 })).messages.reverse() : [];
      if (!outdated) setShown({ conversations, messages });
    }
    read(client).catch((error: Error) => outdated || setStatus(error.message));
    return () => void (outdated = true);
  }, [client, peer, version]);

  // Updates the local copy whenever the session comes up.
  useEffect(() => {
    if (!client || !connected) return;
    const controller = new AbortController();
    const { signal } = controller;
    Promise.all([
      client.fetchConversationsFromServer({ pageSize: 50, signal }),
      peer && client.fetchHistoryMessages({ ...peer, pageSize: 50, signal }),
    ]).then(changed, (error: Error) => signal.aborted || setStatus(error.message));
    return () => controller.abort();
  }, [client, connected, peer]);

  const remove = async (...msgIdList: string[]) => {
    if (!client || !peer) return;
    await client.removeMessagesFromServer({ ...peer, msgIdList }).then(changed, (error: Error) => setStatus(error.message));
  };

  return { ...shown, peer, status, choose, remove };
}

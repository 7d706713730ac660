// Owns the client and sends the page what to show, so that no code of RoamKit runs on the page's thread.

import init, { RoamClient } from "roamkit";
import type { Choice, ToPage, ToWorker } from "./messages";

const send = (message: ToPage) => postMessage(message);
const sendStatus = (text: string) => send({ type: "status", text });

let client: RoamClient;
let choice: Choice | undefined;
let views = 0;

onmessage = ({ data }: MessageEvent<ToWorker>) => sendErrors(handle(data));

async function handle(message: ToWorker) {
  switch (message.type) {
    case "signIn":
      return signIn(message);
    case "choose":
      choice = message.choice;
      await show();
      if (client.isConnected) await client.fetchHistoryMessages({ ...choice, pageSize: 50 });
      return show();
    case "remove": {
      const { id, conversationId, conversationType } = message.message;
      await client.removeMessagesFromServer({ conversationId, conversationType, msgIdList: [id] });
      return show();
    }
  }
}

async function signIn({ options, password }: ToWorker & { type: "signIn" }) {
  await init(); // once; a second call does nothing
  client?.close();
  choice = undefined;
  client = await RoamClient.open(options);
  for (const event of ["messageReceived", "messageRemoved", "conversationDeleted", "conversationsChanged"] as const) {
    client.on(event, () => sendErrors(show()));
  }
  client.on("connected", () => sendErrors(update()));
  client.on("disconnected", ({ reason }) => sendStatus(`Offline: ${reason}`));
  client.on("error", (error) => sendStatus(error.message));
  await show(); // shows the local copy before the first request
  await client.login({ password }); // or { token }, from your own backend
  send({ type: "signedIn" });
}

/** Fetches what changed while the session was down. */
async function update() {
  sendStatus("");
  await client.fetchConversationsFromServer({ pageSize: 50 });
  if (choice) await client.fetchHistoryMessages({ ...choice, pageSize: 50 });
  await show();
}

/** Sends the local copy, which is always up to date, to the page. */
async function show() {
  const number = (views += 1);
  const conversations = await client.loadAllConversations();
  const messages = choice ? (await client.loadMessages({ ...choice, pageSize: 50 })).messages : [];
  if (number === views) send({ type: "view", conversations, messages, choice }); // unless a later call has started
}

function sendErrors(promise: Promise<unknown>) {
  promise.catch((error: Error) => sendStatus(error.message));
}

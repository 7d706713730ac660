// Has the client, and tells the page what to show: nothing of RoamKit runs on the page's thread.

import init, { RoamClient } from "roamkit";
import type { Choice, ToPage, ToWorker } from "./talk";

const tell = (message: ToPage) => postMessage(message);
const say = (text: string) => tell({ tell: "status", text });

let client: RoamClient;
let choice: Choice | undefined;
let views = 0;

onmessage = ({ data }: MessageEvent<ToWorker>) => attempt(act(data));

async function act(order: ToWorker) {
  switch (order.do) {
    case "signIn":
      return signIn(order);
    case "choose":
      choice = order.choice;
      await show();
      if (client.isConnected) await client.fetchHistoryMessages({ ...choice, pageSize: 50 });
      return show();
    case "remove": {
      const { id, conversationId, conversationType } = order.message;
      await client.removeMessagesFromServer({ conversationId, conversationType, msgIdList: [id] });
      return show();
    }
  }
}

async function signIn({ options, password }: ToWorker & { do: "signIn" }) {
  await init(); // once; a second call does nothing
  client?.close();
  choice = undefined;
  client = await RoamClient.open(options);
  for (const event of ["messageReceived", "messageRemoved", "conversationDeleted", "conversationsChanged"] as const) {
    client.on(event, () => attempt(show()));
  }
  client.on("connected", () => attempt(update()));
  client.on("disconnected", ({ reason }) => say(`Offline: ${reason}`));
  client.on("error", (error) => say(error.message));
  await show(); // what the local copy has, before anything is asked of the server
  await client.login({ password }); // or { token }, from your own backend
  tell({ tell: "signedIn" });
}

/** Each time the session is up: what happened while it was not. */
async function update() {
  say("");
  await client.fetchConversationsFromServer({ pageSize: 50 });
  if (choice) await client.fetchHistoryMessages({ ...choice, pageSize: 50 });
  await show();
}

/** What the page shows comes from the local copy, which is always up to date. */
async function show() {
  const view = (views += 1);
  const conversations = await client.loadAllConversations();
  const messages = choice ? (await client.loadMessages({ ...choice, pageSize: 50 })).messages : [];
  if (view === views) tell({ tell: "view", conversations, messages, choice }); // unless a later one overtook this
}

function attempt(promise: Promise<unknown>) {
  promise.catch((error: Error) => say(error.message));
}

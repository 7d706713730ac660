// Signs in, shows the conversations and the newest messages of one of them, keeps them up to date, and removes messages.

import init, { RoamClient, type Conversation, type Message } from "roamkit";

const byId = (id: string) => document.getElementById(id)!;
const [form, list, history] = [byId("sign-in") as HTMLFormElement, byId("conversations"), byId("messages")];
const setStatus = (text: string) => (byId("status").textContent = text);

let client: RoamClient; // one per user and page
let open: Pick<Conversation, "conversationId" | "conversationType"> | undefined; // the conversation that is shown
let draws = 0;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  showErrors(signIn(Object.fromEntries(new FormData(form)) as Record<string, string>));
});

async function signIn({ server, appKey, user, password }: Record<string, string>) {
  setStatus("Signing in …");
  await init(); // once; a second call does nothing
  client?.close();
  open = undefined;
  // Without addresses the client uses the hosted service.
  const addresses = server ? { apiUrl: server, socketUrl: `${server.replace(/^http/, "ws")}/websocket` } : {};
  client = await RoamClient.open({ appKey, user, ...addresses });
  for (const event of ["messageReceived", "messageRemoved", "conversationDeleted", "conversationsChanged"] as const) {
    client.on(event, () => showErrors(draw()));
  }
  client.on("connected", () => showErrors(update()));
  client.on("disconnected", ({ reason }) => setStatus(`Offline: ${reason}`));
  client.on("error", (error) => setStatus(error.message));
  await draw(); // shows the local copy before the first request
  await client.login({ password }); // or { token }, from your own backend
  form.hidden = true;
}

/** Fetches what changed while the session was down. */
async function update() {
  setStatus("");
  await client.fetchConversationsFromServer({ pageSize: 50 });
  if (open) await client.fetchHistoryMessages({ ...open, pageSize: 50 });
  await draw();
}

async function choose({ conversationId, conversationType }: Conversation) {
  open = { conversationId, conversationType };
  await draw();
  if (client.isConnected) await client.fetchHistoryMessages({ ...open, pageSize: 50 });
  await draw();
}

async function remove({ id, conversationId, conversationType }: Message) {
  await client.removeMessagesFromServer({ conversationId, conversationType, msgIdList: [id] });
  await draw();
}

/** Draws the local copy, which is always up to date. */
async function draw() {
  const number = (draws += 1);
  const conversations = await client.loadAllConversations();
  const messages = open ? (await client.loadMessages({ ...open, pageSize: 50 })).messages : [];
  if (number !== draws) return; // a later call has started

  list.replaceChildren(
    ...conversations.map((conversation) => {
      const button = element("button", conversation.conversationId, () => showErrors(choose(conversation)));
      if (conversation.conversationId === open?.conversationId) button.ariaCurrent = "true";
      return button;
    }),
  );
  history.replaceChildren(
    ...messages.reverse().map((message) => {
      const item = element("li");
      item.className = message.direction;
      item.append(element("p", textOf(message)), element("button", "Remove", () => showErrors(remove(message))));
      return item;
    }),
  );
  history.scrollTop = history.scrollHeight;
}

function textOf({ body }: Message) {
  return body.type === "txt" ? body.msg : `[${body.type}]`;
}

/** Creates an element with a text, which is never parsed as markup. */
function element(name: string, text = "", onClick?: () => void) {
  const element = document.createElement(name);
  element.textContent = text;
  if (onClick) element.addEventListener("click", onClick);
  return element;
}

function showErrors(promise: Promise<unknown>) {
  promise.catch((error: Error) => setStatus(error.message));
}

// Signs in, shows the conversations and the newest messages of one of them, keeps them up to date, and removes.

import init, { RoamClient, type Conversation, type Message } from "roamkit/inline";

import "./style.css";

const part = (id: string) => document.getElementById(id)!;
const [form, list, history] = [part("sign-in") as HTMLFormElement, part("conversations"), part("messages")];
const say = (text: string) => (part("status").textContent = text);

let client: RoamClient; // one a user and page
let open: Pick<Conversation, "conversationId" | "conversationType"> | undefined; // what is shown
let drawings = 0;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(signIn(Object.fromEntries(new FormData(form)) as Record<string, string>));
});

async function signIn({ server, appKey, user, password }: Record<string, string>) {
  say("Signing in …");
  await init(); // once; a second call does nothing
  client?.close();
  open = undefined;
  // Without addresses the hosted service is found through its host list.
  const addresses = server ? { apiUrl: server, socketUrl: `${server.replace(/^http/, "ws")}/websocket` } : {};
  client = await RoamClient.open({ appKey, user, ...addresses });
  for (const event of ["messageReceived", "messageRemoved", "conversationDeleted", "conversationsChanged"] as const) {
    client.on(event, () => attempt(draw()));
  }
  client.on("connected", () => attempt(update()));
  client.on("disconnected", ({ reason }) => say(`Offline: ${reason}`));
  client.on("error", (error) => say(error.message));
  await draw(); // what the local copy has, before anything is asked of the server
  await client.login({ password }); // or { token }, from your own backend
  form.hidden = true;
}

/** Each time the session is up: what happened while it was not. */
async function update() {
  say("");
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

/** Everything on the screen comes from the local copy, which is always up to date. */
async function draw() {
  const drawing = (drawings += 1);
  const conversations = await client.loadAllConversations();
  const messages = open ? (await client.loadMessages({ ...open, pageSize: 50 })).messages : [];
  if (drawing !== drawings) return; // a later one overtook this

  list.replaceChildren(
    ...conversations.map((conversation) => {
      const button = element("button", conversation.conversationId, () => attempt(choose(conversation)));
      if (conversation.conversationId === open?.conversationId) button.ariaCurrent = "true";
      return button;
    }),
  );
  history.replaceChildren(
    ...messages.reverse().map((message) => {
      const item = element("li");
      item.className = message.direction;
      item.append(element("p", textOf(message)), element("button", "Remove", () => attempt(remove(message))));
      return item;
    }),
  );
  history.scrollTop = history.scrollHeight;
}

function textOf({ body }: Message) {
  return body.type === "txt" ? body.msg : `[${body.type}]`;
}

/** `text` is text: what a message says is never markup. */
function element(name: string, text = "", clicked?: () => void) {
  const element = document.createElement(name);
  element.textContent = text;
  if (clicked) element.addEventListener("click", clicked);
  return element;
}

function attempt(promise: Promise<unknown>) {
  promise.catch((error: Error) => say(error.message));
}

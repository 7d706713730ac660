// The page: it shows what the worker sends, and sends the user's actions to the worker.

import type { Message } from "roamkit";
import type { ToPage, ToWorker } from "./messages";

const byId = (id: string) => document.getElementById(id)!;
const [form, list, history] = [byId("sign-in") as HTMLFormElement, byId("conversations"), byId("messages")];

const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
const send = (message: ToWorker) => worker.postMessage(message);

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const { server, appKey, user, password } = Object.fromEntries(new FormData(form)) as Record<string, string>;
  // Without addresses the client uses the hosted service.
  const addresses = server ? { apiUrl: server, socketUrl: `${server.replace(/^http/, "ws")}/websocket` } : {};
  send({ type: "signIn", options: { appKey, user, ...addresses }, password });
});

worker.onmessage = ({ data }: MessageEvent<ToPage>) => {
  if (data.type === "view") draw(data);
  else if (data.type === "signedIn") form.hidden = true;
  else byId("status").textContent = data.text;
};

function draw({ conversations, messages, choice }: ToPage & { type: "view" }) {
  list.replaceChildren(
    ...conversations.map(({ conversationId, conversationType }) => {
      const chosen = { conversationId, conversationType };
      const button = element("button", conversationId, () => send({ type: "choose", choice: chosen }));
      if (conversationId === choice?.conversationId) button.ariaCurrent = "true";
      return button;
    }),
  );
  history.replaceChildren(
    ...messages.reverse().map((message) => {
      const item = element("li");
      item.className = message.direction;
      item.append(element("p", textOf(message)), element("button", "Remove", () => send({ type: "remove", message })));
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

// The page: shows what the worker tells, and tells the worker what the user wants.

import type { Message } from "roamkit";
import type { ToPage, ToWorker } from "./talk";

const part = (id: string) => document.getElementById(id)!;
const [form, list, history] = [part("sign-in") as HTMLFormElement, part("conversations"), part("messages")];

const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
const order = (message: ToWorker) => worker.postMessage(message);

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const { server, appKey, user, password } = Object.fromEntries(new FormData(form)) as Record<string, string>;
  // Without addresses the hosted service is found through its host list.
  const addresses = server ? { apiUrl: server, socketUrl: `${server.replace(/^http/, "ws")}/websocket` } : {};
  order({ do: "signIn", options: { appKey, user, ...addresses }, password });
});

worker.onmessage = ({ data }: MessageEvent<ToPage>) => {
  if (data.tell === "view") draw(data);
  else if (data.tell === "signedIn") form.hidden = true;
  else part("status").textContent = data.text;
};

function draw({ conversations, messages, choice }: ToPage & { tell: "view" }) {
  list.replaceChildren(
    ...conversations.map(({ conversationId, conversationType }) => {
      const chosen = { conversationId, conversationType };
      const button = element("button", conversationId, () => order({ do: "choose", choice: chosen }));
      if (conversationId === choice?.conversationId) button.ariaCurrent = "true";
      return button;
    }),
  );
  history.replaceChildren(
    ...messages.reverse().map((message) => {
      const item = element("li");
      item.className = message.direction;
      item.append(element("p", textOf(message)), element("button", "Remove", () => order({ do: "remove", message })));
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

// Functions that `Tab` calls in the page. They call the package; arguments and results are plain data.

import init, { RoamClient } from "/pkg/roamkit.js";
import { runStress } from "./stress.js";

const EVENTS = [
  "messageReceived", "messageRemoved", "conversationDeleted", "conversationRead", "conversationsChanged", "connected",
  "disconnected", "error", "tokenWillExpire", "tokenExpired",
];

const ready = init();
let client;
/** Promises of started calls, by number. */
const startedCalls = new Map();

const failure = (error) => ({ error: { code: error?.code, name: error?.name, message: String(error?.message ?? error) } });

async function outcome(run) {
  try {
    return { value: (await run()) ?? null };
  } catch (error) {
    return failure(error);
  }
}

/** A body in one line. `UserRest` makes the same line from the server's form. */
const contentOf = (body) => `${body.type}:${body.msg ?? body.customEvent ?? body.action ?? body.address}`;
const summarize = ({ id, timestamp, from, direction, conversationId, body }) => ({
  id, timestamp, from, direction, conversationId, content: contentOf(body),
});
const summarizePage = (page) => (page?.messages ? { ...page, messages: page.messages.map(summarize) } : page);

/**
 * Reads a conversation from the local copy, page by page, to the end of the copy. An incomplete page is read again in
 * halves: this finds every part that the copy reports as complete.
 */
async function walkHistory(conversation, { pageSize: maxPageSize, searchDirection }) {
  const pages = [];
  let pageSize = maxPageSize;
  for (let anchor; ; ) {
    const options = { ...conversation, pageSize, searchDirection, ...(anchor && { startMsgId: anchor }) };
    const page = await client.loadMessages(options);
    pages.push({ anchor: anchor ?? null, pageSize, searchDirection, ...summarizePage(page) });
    if (!page.complete && page.messages.length > 1) {
      pageSize = Math.ceil(page.messages.length / 2);
    } else if (page.isLast || page.messages.length === 0) {
      return pages;
    } else {
      anchor = page.cursor;
      pageSize = Math.min(pageSize * 2, maxPageSize);
    }
  }
}

window.roam = {
  open: (options) =>
    outcome(async () => {
      await ready;
      client = await RoamClient.open(options);
      for (const name of EVENTS) {
        client.on(name, (value) => {
          const plain = name === "error" ? failure(value).error : name === "messageReceived" ? summarize(value) : value;
          void window.report(name, plain ?? null);
        });
      }
    }),
  /** Closes the client, so that another tab object can use the page. */
  close: () => client?.close(),
  call: (method, args) => outcome(async () => summarizePage(await client[method](...args))),
  /** Starts a call and returns at once. `finish` waits for its outcome. */
  start: (number, method, args) => void startedCalls.set(number, window.roam.call(method, args)),
  finish: (number) => startedCalls.get(number),
  isConnected: () => client.isConnected,
  /** Reads the conversation list and the requested histories. */
  read: (requests) =>
    outcome(async () => {
      const list = await client.loadAllConversations();
      const conversations = list.map(({ lastMessage, ...rest }) => ({ ...rest, last: lastMessage && summarize(lastMessage) }));
      const histories = [];
      for (const { conversation, walk } of requests) histories.push(await walkHistory(conversation, walk));
      return { conversations, histories };
    }),
  stress: (options) =>
    void runStress(client, options).catch((error) => window.report("pageerror", String(error?.message ?? error))),
};

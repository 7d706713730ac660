// What a test calls inside the page: the package's API, with plain data going in and out.

import init, { RoamClient } from "/pkg/roamkit.js";
import { storm } from "./storm.js";


const EVENTS = [
  "messageReceived", "messageRemoved", "conversationDeleted", "conversationsChanged", "connected", "disconnected", "error",
  "tokenWillExpire", "tokenExpired",
];

const ready = init();
let client;
/** Calls that were started and not yet asked for: their answers may be on their way for long. */
const started = new Map();

const failure = (error) => ({ error: { code: error?.code, name: error?.name, message: String(error?.message ?? error) } });

async function settle(run) {
  try {
    return { value: (await run()) ?? null };
  } catch (error) {
    return failure(error);
  }
}

/** What a message says, in one line; the test reads the server's own form into the same line. */
const said = (body) => `${body.type}:${body.msg ?? body.customEvent ?? body.action ?? body.address}`;
const brief = ({ id, timestamp, from, direction, conversationId, body }) => ({
  id, timestamp, from, direction, conversationId, said: said(body),
});
const briefPage = (page) => (page?.messages ? { ...page, messages: page.messages.map(brief) } : page);

/**
 * Reads a conversation from the local copy, page by page, as far as it goes. A page that is not complete is read again
 * in halves, so that whatever the copy claims to be complete is seen to be claimed.
 */
async function walk(conversation, { pageSize: widest, searchDirection }) {
  const pages = [];
  let pageSize = widest;
  for (let anchor; ; ) {
    const options = { ...conversation, pageSize, searchDirection, ...(anchor && { startMsgId: anchor }) };
    const page = await client.loadMessages(options);
    pages.push({ anchor: anchor ?? null, pageSize, searchDirection, ...briefPage(page) });
    if (!page.complete && page.messages.length > 1) {
      pageSize = Math.ceil(page.messages.length / 2);
    } else if (page.isLast || page.messages.length === 0) {
      return pages;
    } else {
      anchor = page.cursor;
      pageSize = Math.min(pageSize * 2, widest);
    }
  }
}

window.roam = {
  open: (options) =>
    settle(async () => {
      await ready;
      client = await RoamClient.open(options);
      for (const name of EVENTS) {
        client.on(name, (value) => {
          const plain = name === "error" ? failure(value).error : name === "messageReceived" ? brief(value) : value;
          void window.report(name, plain ?? null);
        });
      }
    }),
  /** The page is left to another client. */
  close: () => client?.close(),
  call: (method, args) => settle(async () => briefPage(await client[method](...args))),
  /** Begins a call and returns at once; `finish` waits for it. */
  start: (number, method, args) => void started.set(number, window.roam.call(method, args)),
  finish: (number) => started.get(number),
  isConnected: () => client.isConnected,
  /** Every conversation that is asked for, and the list. */
  read: (asked) =>
    settle(async () => {
      const list = await client.loadAllConversations();
      const conversations = list.map(({ lastMessage, ...rest }) => ({ ...rest, last: lastMessage && brief(lastMessage) }));
      const histories = [];
      for (const { conversation, how } of asked) histories.push(await walk(conversation, how));
      return { conversations, histories };
    }),
  storm: (options) => void storm(client, options).catch((error) => window.report("pageerror", String(error?.message ?? error))),

};

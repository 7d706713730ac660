// Sends 10,000 real messages by REST and reads them with the SDK in both directions.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";

import { ROOT } from "../support/paths.mjs";
import { startDemo } from "./demo-page.mjs";

const DATA = `${ROOT}../shared/data/ubuntu-irc.jsonl.gz`;
const MESSAGES = 10_000;
const SENDERS = 120;
const CONCURRENCY = 16;
const READER = "reader";

const skip = existsSync(DATA) ? false : "shared/data/ubuntu-irc.jsonl.gz does not exist";

/** Distributes the first messages of the most active senders to five conversations of the reader: two groups, three users. */
async function planConversations() {
  const lines = gunzipSync(await readFile(DATA)).toString("utf8").trim().split("\n").map((line) => JSON.parse(line));
  const counts = new Map();
  for (const { from } of lines) counts.set(from, (counts.get(from) ?? 0) + 1);
  const busiest = [...counts].sort((a, b) => b[1] - a[1]).slice(0, SENDERS).map(([user]) => user);
  const singles = busiest.slice(0, 3);
  const known = new Set(busiest);
  const messages = lines.filter(({ from }) => known.has(from)).slice(0, MESSAGES);
  const conversations = new Map([["group one", []], ["group two", []], ...singles.map((user) => [user, []])]);
  for (const [i, message] of messages.entries()) {
    const single = singles.includes(message.from) && i % 2 === 0;
    conversations.get(single ? message.from : i % 3 === 0 ? "group two" : "group one").push(message);
  }
  return { users: busiest, conversations };
}

async function runConcurrently(jobs, concurrency) {
  const queue = jobs.values();
  const worker = async () => {
    for (const job of queue) await job();
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

test("the SDK returns all messages as they were sent, in both directions", { skip }, async (t) => {
  const demo = await startDemo();
  t.after(() => demo.stop());
  const { appRest } = demo;
  const { users, conversations } = await planConversations();
  for (let i = 0; i < users.length; i += 40) await appRest.createUsers(...users.slice(i, i + 40));
  await appRest.createUsers(READER);

  const sent = new Map();
  const jobs = [];
  for (const [name, messages] of conversations) {
    const group = name.startsWith("group ");
    const to = group ? await appRest.createGroup(READER, users) : READER;
    const rows = new Array(messages.length);
    sent.set(group ? to : name, { type: group ? "groupChat" : "singleChat", rows });
    const send = group ? appRest.sendGroupText : appRest.sendText;
    messages.forEach(({ ts, from, text }, i) => {
      jobs.push(async () => {
        rows[i] = [await send(from, to, text, { msg_timestamp: ts }), from, ts, text];
      });
    });
  }
  assert.ok(jobs.length >= MESSAGES);
  const start = performance.now();
  await runConcurrently(jobs, CONCURRENCY);
  t.diagnostic(`${jobs.length} messages sent in ${Math.round(performance.now() - start)} ms`);

  const page = await demo.openPage();
  await page.page.goto(page.url);
  await page.page.exposeFunction("report", (text) => t.diagnostic(text));
  for (const [id, { type, rows }] of sent) {
    const results = await page.page.evaluate(readAll, { id, type, url: demo.server.url, socketUrl: demo.server.socketUrl });
    for (const [how, messages] of Object.entries(results)) {
      assert.deepEqual(messages.map(([id]) => id), rows.map(([id]) => id), `${id} ${how}`);
      assert.deepEqual(messages, rows, `${id} ${how}`);
    }
  }
  page.assertNoConsoleErrors();
});

/** Runs in the page: reads a whole conversation from the server and from the local copy, in both directions. */
async function readAll({ id, type, url, socketUrl }) {
  const { default: init, RoamClient } = await import("/pkg/roamkit.js");
  await init();
  const client = await RoamClient.open({
    appKey: "demo#chat",
    user: "reader",
    deviceId: "real-input",
    apiUrl: url,
    socketUrl,
  });
  await client.login({ password: "pw-reader" });

  const all = async (read, searchDirection) => {
    const messages = [];
    const start = performance.now();
    for (let startMsgId; ; ) {
      const page = await read({ conversationId: id, conversationType: type, pageSize: 50, searchDirection, startMsgId });
      if (page.complete === false) throw new Error(`the local copy is not complete after ${messages.length} messages`);
      for (const { id, from, timestamp, body } of page.messages) messages.push([id, from, timestamp, body.msg]);
      if (page.isLast) break;
      if (!page.cursor || page.cursor === startMsgId) throw new Error(`no next page after ${messages.length} messages`);
      startMsgId = page.cursor;
    }
    await window.report(`${id}: ${messages.length} messages ${searchDirection} in ${Math.round(performance.now() - start)} ms`);
    return searchDirection === "up" ? messages.reverse() : messages;
  };
  const fetched = (options) => client.fetchHistoryMessages(options);
  const loaded = (options) => client.loadMessages(options);
  try {
    return {
      "from the server, up": await all(fetched, "up"),
      "from the local copy, up": await all(loaded, "up"),
      "from the local copy, down": await all(loaded, "down"),
      "from the server, down": await all(fetched, "down"),
    };
  } finally {
    client.close();
  }
}

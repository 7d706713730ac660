// Ten thousand real messages go in by REST, and come out of the SDK in both directions, id by id.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { startDemo } from "./demo-page.mjs";

const DATA = fileURLToPath(new URL("../../../shared/data/ubuntu-irc.jsonl.gz", import.meta.url));
const WANTED = 10_000;
const TALKERS = 120;
const AT_ONCE = 16;
const READER = "reader";

const absent = existsSync(DATA) ? false : "shared/data/ubuntu-irc.jsonl.gz is not here";

/** The first messages of the busiest talkers, cut into conversations of the reader: two groups, three users. */
async function plan() {
  const lines = gunzipSync(await readFile(DATA)).toString("utf8").trim().split("\n").map((line) => JSON.parse(line));
  const counts = new Map();
  for (const { from } of lines) counts.set(from, (counts.get(from) ?? 0) + 1);
  const busiest = [...counts].sort((a, b) => b[1] - a[1]).slice(0, TALKERS).map(([user]) => user);
  const singles = busiest.slice(0, 3);
  const known = new Set(busiest);
  const messages = lines.filter(({ from }) => known.has(from)).slice(0, WANTED);
  const conversations = new Map([["group one", []], ["group two", []], ...singles.map((user) => [user, []])]);
  for (const [at, message] of messages.entries()) {
    const single = singles.includes(message.from) && at % 2 === 0;
    conversations.get(single ? message.from : at % 3 === 0 ? "group two" : "group one").push(message);
  }
  return { users: busiest, conversations };
}

async function inParallel(jobs, atOnce) {
  const queue = jobs.values();
  const worker = async () => {
    for (const job of queue) await job();
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

test("what was sent is what is read, in both directions", { skip: absent }, async (t) => {
  const demo = await startDemo();
  t.after(() => demo.end());
  const { rest } = demo;
  const { users, conversations } = await plan();
  for (let at = 0; at < users.length; at += 40) await rest.createUsers(...users.slice(at, at + 40));
  await rest.createUsers(READER);

  const sent = new Map();
  const jobs = [];
  for (const [name, messages] of conversations) {
    const group = name.startsWith("group ");
    const to = group ? await rest.createGroup(READER, users) : READER;
    const rows = new Array(messages.length);
    sent.set(group ? to : name, { type: group ? "groupChat" : "singleChat", rows });
    const send = group ? rest.sendGroupText : rest.sendText;
    messages.forEach(({ ts, from, text }, at) => {
      jobs.push(async () => {
        rows[at] = [await send(from, to, text, { msg_timestamp: ts }), from, ts, text];
      });
    });
  }
  assert.ok(jobs.length >= WANTED);
  const start = performance.now();
  await inParallel(jobs, AT_ONCE);
  t.diagnostic(`${jobs.length} messages sent in ${Math.round(performance.now() - start)} ms`);

  const page = await demo.open();
  await page.page.goto(page.url);
  await page.page.exposeFunction("report", (text) => t.diagnostic(text));
  for (const [id, { type, rows }] of sent) {
    const got = await page.page.evaluate(readAll, { id, type, url: demo.server.url, socketUrl: demo.server.socketUrl });
    for (const [how, messages] of Object.entries(got)) {
      assert.deepEqual(messages.map(([id]) => id), rows.map(([id]) => id), `${id} ${how}`);
      assert.deepEqual(messages, rows, `${id} ${how}`);
    }
  }
  page.assertQuiet();
});

/** In the page: the whole conversation from the server both ways, and from the local copy both ways. */
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
      if (!page.cursor || page.cursor === startMsgId) throw new Error(`no way on after ${messages.length} messages`);
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

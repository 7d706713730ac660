// The server of the session benchmarks, and REST calls that act as other users and devices.

import { mkdirSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";

import { appRest } from "../../tests/support/app-rest.mjs";
import { APP_KEY, startServer } from "../../tests/support/server.mjs";

/** The number of concurrent requests whose order does not matter. */
const CONCURRENCY = 8;

/** Starts a server with an empty database on disk and with queues that are long enough for the benchmarks. */
export async function openService(built) {
  const folder = `${built}/server`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const server = await startServer({
    // Password hashes are cheap and rate limits are off, because neither is measured.
    args: [
      ...["--queue-length=20000", "--known-devices=50", "--password-memory=8"],
      ...["--rate-user=0", "--rate-address=0", "--rate-frames=0"],
    ],
    database: `sqlite:${folder}/roamkit.db`,
  });
  const app = await appRest(server.url);
  const texts = JSON.parse(await readFile(`${built}/sample.json`, "utf8")).map(({ text }) => text);
  return {
    /** Options for a client of a user. */
    options: (user, deviceId) => ({ appKey: APP_KEY, user, deviceId, apiUrl: server.url, socketUrl: server.socketUrl }),
    createUsers: app.createUsers,
    userToken: app.userToken,
    /** Sends `count` messages from the user to each peer in turn. Resolves with `{ id, peer }`, oldest first. */
    async send(user, peers, count) {
      const messages = Array.from({ length: count }, (_, i) => ({ peer: peers[i % peers.length] }));
      await forEachConcurrently(messages, async (message, i) => {
        message.id = await app.sendText(user, message.peer, texts[i % texts.length]);
      });
      return messages.sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1));
    },
    /** Removes messages one after the other, as another device of the user. */
    async remove(user, token, messages) {
      const base = `${server.url}/${APP_KEY.replace("#", "/")}/sdk/message/roaming/chat/user/${user}`;
      for (const { id, peer } of messages) {
        const response = await fetch(`${base}?userId=${peer}&msgIdList=${id}&resource=elsewhere`, {
          method: "DELETE",
          headers: { Authorization: `Bearer ${token}` },
        });
        const text = await response.text();
        if (!response.ok) throw new Error(`removing ${id}: ${response.status} ${text}`);
      }
    },
    async close() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function forEachConcurrently(list, work) {
  let next = 0;
  const worker = async () => {
    while (next < list.length) {
      const i = next;
      next += 1;
      await work(list[i], i);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}

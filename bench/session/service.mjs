// The server that the session's measures run against, and what happens on it by plain REST: elsewhere, as far as the
// devices know.

import { mkdirSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";

import { appRest } from "../../tests/support/app-rest.mjs";
import { APP_KEY, startServer } from "../../tests/support/server.mjs";

/** So many requests are under way together where their order does not matter. */
const LANES = 8;

/** Starts one with an empty database on disk, as it has by default; its queues hold what the measures put into them. */
export async function openService(built) {
  const folder = `${built}/server`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const server = await startServer({
    // The password of a user who says nothing need not be hard to guess, and it is not the limits that are measured.
    args: [
      ...["--queue-length=20000", "--known-devices=50", "--password-memory=8"],
      ...["--rate-user=0", "--rate-address=0", "--rate-frames=0"],
    ],
    database: `sqlite:${folder}/roamkit.db`,
  });
  const app = await appRest(server.url);
  const texts = JSON.parse(await readFile(`${built}/sample.json`, "utf8")).map(({ text }) => text);
  return {
    /** What opens a client of that user. */
    options: (user, deviceId) => ({ appKey: APP_KEY, user, deviceId, apiUrl: server.url, socketUrl: server.socketUrl }),
    createUsers: app.createUsers,
    userToken: app.userToken,
    /** The user writes `count` messages, to each peer in turn; resolves with `{ id, peer }`, oldest first. */
    async write(user, peers, count) {
      const messages = Array.from({ length: count }, (_, at) => ({ peer: peers[at % peers.length] }));
      await inLanes(messages, async (message, at) => {
        message.id = await app.sendText(user, message.peer, texts[at % texts.length]);
      });
      return messages.sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1));
    },
    /** The user removes one message after the other, on a device that is none of roamkit. */
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

async function inLanes(list, work) {
  let next = 0;
  const lane = async () => {
    while (next < list.length) {
      const at = next;
      next += 1;
      await work(list[at], at);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

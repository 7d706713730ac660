// Opens the local copy and lists 500 conversations, as an application does at its start.

import { alternate, average } from "../support/timing.js";
import { countRequests } from "../support/count-requests.js";
import * as dexie from "../support/dexie.js";
import * as sdk from "../support/roamkit.js";
import { conversation, load, messages } from "../support/sample.js";

const COUNT = 500;
const REPETITIONS = 5;

export default async function list({ rounds }) {
  await load();
  const package_ = await sdk.published();
  const last = messages("", 0, COUNT).map((message, i) => ({ ...message, conversationId: `group${i}`, to: `group${i}` }));
  const copy = await sdk.fresh("list");
  await sdk.list(copy, last);
  copy.close();
  const db = await dexie.fresh("list");
  await db.conversations.bulkPut(last.map(conversation));
  db.close();

  const assertComplete = (rows) => {
    if (rows.length !== COUNT || !rows[0].lastMessage.body.msg) throw new Error(`${rows.length} conversations`);
  };
  const listWithRoamKit = async () => {
    const client = await sdk.client(package_, "list");
    assertComplete(await client.loadAllConversations());
    client.close();
  };
  const listWithDexie = async () => {
    const db = dexie.handle("list");
    assertComplete(await db.conversations.toArray());
    db.close();
  };
  const samples = await alternate(rounds, {
    roamkit: () => average(REPETITIONS, listWithRoamKit),
    other: () => average(REPETITIONS, listWithDexie),
  });
  return [
    {
      what: "open the local copy and list 500 conversations",
      against: "Dexie `toArray` of the same rows, unordered",
      goal: { faster: 1, under: 40 },
      ...samples,
      requests: { roamkit: await countRequests(listWithRoamKit), other: await countRequests(listWithDexie) },
    },
  ];
}

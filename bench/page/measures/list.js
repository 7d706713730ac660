// Opening the copy and listing 500 conversations: what an application does before it can show anything.

import { average, byTurns } from "../support/clock.js";
import { counted } from "../support/count.js";
import * as dexie from "../support/dexie.js";
import * as roamkit from "../support/roamkit.js";
import { conversation, load, messages } from "../support/sample.js";

const COUNT = 500;
const TIMES = 5;

export default async function list({ rounds }) {
  await load();
  const package_ = await roamkit.published();
  const last = messages("", 0, COUNT).map((message, at) => ({ ...message, conversationId: `group${at}`, to: `group${at}` }));
  const copy = await roamkit.fresh("list");
  await roamkit.list(copy, last);
  copy.close();
  const db = await dexie.fresh("list");
  await db.conversations.bulkPut(last.map(conversation));
  db.close();

  const whole = (rows) => {
    if (rows.length !== COUNT || !rows[0].lastMessage.body.msg) throw new Error(`${rows.length} conversations`);
  };
  const ours = async () => {
    const client = await roamkit.client(package_, "list");
    whole(await client.loadAllConversations());
    client.close();
  };
  const theirs = async () => {
    const db = dexie.handle("list");
    whole(await db.conversations.toArray());
    db.close();
  };
  const samples = await byTurns(rounds, { ours: () => average(TIMES, ours), theirs: () => average(TIMES, theirs) });
  return [
    {
      what: "open the copy and list 500 conversations",
      against: "Dexie `toArray` of the same rows, in no order",
      reach: { faster: 1, under: 40 },
      ...samples,
      requests: { ours: await counted(ours), theirs: await counted(theirs) },
    },
  ];
}

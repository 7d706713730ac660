// Measures the package's WebAssembly memory while a long conversation is read.

import * as sdk from "../support/roamkit.js";
import { load, messages } from "../support/sample.js";

const COUNT = 100_000;
const GROUP = "ubuntu";

export default async function memory() {
  await load();
  const package_ = await sdk.published();
  const copy = await sdk.fresh("memory");
  await sdk.fill(copy, GROUP, messages(GROUP, 0, COUNT));
  copy.close();

  const client = await sdk.client(package_, "memory");
  const bytes = () => package_.wasm.memory.buffer.byteLength;
  const after = {};
  let startMsgId;
  for (let read = 0; read < COUNT; ) {
    const page = await client.loadMessages({
      conversationId: GROUP,
      conversationType: "groupChat",
      pageSize: 50,
      startMsgId,
    });
    if (!page.complete) throw new Error(`incomplete after ${read} messages`);
    read += page.messages.length;
    startMsgId = page.cursor;
    after[read] = bytes();
  }
  client.close();
  return [
    {
      what: "WebAssembly memory after reading 100,000 messages",
      against: "RoamKit after 1,000 messages",
      unit: "KiB",
      goal: { slower: 1 },
      roamkit: [after[COUNT] / 1024],
      other: [after[1000] / 1024],
    },
  ];
}

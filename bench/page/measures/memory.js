// The package's WebAssembly memory while a long conversation is read.

import * as roamkit from "../support/roamkit.js";
import { load, messages } from "../support/sample.js";

const COUNT = 100_000;
const GROUP = "ubuntu";

export default async function memory() {
  await load();
  const package_ = await roamkit.published();
  const copy = await roamkit.fresh("memory");
  await roamkit.fill(copy, GROUP, messages(GROUP, 0, COUNT));
  copy.close();

  const client = await roamkit.client(package_, "memory");
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
    if (!page.complete) throw new Error(`a gap after ${read} messages`);
    read += page.messages.length;
    startMsgId = page.cursor;
    after[read] = bytes();
  }
  client.close();
  return [
    {
      what: "WebAssembly memory after `loadMessages` read 100,000",
      against: "itself after 1,000",
      unit: "KiB",
      reach: { slower: 1 },
      ours: [after[COUNT] / 1024],
      theirs: [after[1000] / 1024],
    },
  ];
}

// The client of one device.

import exported from "/pkg/glue.js";
import init, { RoamClient } from "/pkg/roamkit.js";

export let client;
let wasm;

/** Opens the client and waits until the local copy is open. */
export async function open(options) {
  await init();
  wasm = await exported();
  client = await RoamClient.open(options);
  await client.loadAllConversations();
}

export const login = (token) => client.login({ token });

/** Fetches the whole history of these conversations into the local copy. */
export async function fetchHistories(peers) {
  await client.fetchConversationsFromServer({ pageSize: 50 });
  for (const conversationId of peers) {
    const pages = client.history({ conversationId, conversationType: "singleChat", pageSize: 50 });
    for await (const page of pages) void page;
  }
}

/** The number of messages in the local copy. */
export const storedMessages = async () => (await client.storageEstimate()).messages;

export const wasmBytes = () => wasm.memory.buffer.byteLength;

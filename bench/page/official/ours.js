// RoamKit's side of the same.

let client;

/** From nothing to a client that may be called, ms. */
export async function ready(options) {
  const start = performance.now();
  const { default: init, RoamClient } = await import("/pkg/roamkit.js");
  await init();
  client = await RoamClient.open(options);
  return performance.now() - start;
}

export async function login(options, token) {
  await ready(options);
  await client.loadAllConversations();
  await client.login({ token });
}

/** A page; it is in the local copy when this resolves. */
export const page = (conversationId, pageSize, startMsgId) =>
  client.fetchHistoryMessages({ conversationId, conversationType: "singleChat", pageSize, startMsgId });

/** How many messages the local copy holds. */
export const held = async () => (await client.storageEstimate()).messages;

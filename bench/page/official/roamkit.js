// RoamKit, with the same functions as official.js.

let client;

/** Loads the package and opens a client. Resolves with the duration in ms. */
export async function start(options) {
  const startedAt = performance.now();
  const { default: init, RoamClient } = await import("/pkg/roamkit.js");
  await init();
  client = await RoamClient.open(options);
  return performance.now() - startedAt;
}

export async function login(options, token) {
  await start(options);
  await client.loadAllConversations();
  await client.login({ token });
}

/** Fetches a page. It is in the local copy when the promise resolves. */
export const page = (conversationId, pageSize, startMsgId) =>
  client.fetchHistoryMessages({ conversationId, conversationType: "singleChat", pageSize, startMsgId });

/** The number of messages in the local copy. */
export const storedMessages = async () => (await client.storageEstimate()).messages;

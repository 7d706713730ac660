// Uses the package wherever this module is imported, a window or any kind of worker, and answers at a port: calls go
// in as plain data, their outcomes and the client's events come out.

import init, { RoamClient } from "/pkg/roamkit.js";

const EVENTS = [
  "messageReceived", "messageRemoved", "conversationDeleted", "conversationsChanged", "connected", "disconnected",
  "tokenWillExpire", "tokenExpired", "error",
];

/** What is told of the place itself. */
const where = () => ({ scope: globalThis.constructor.name, window: typeof window, document: typeof document });

export function serve(port) {
  let client;
  const open = async (options) => {
    await init();
    client = await RoamClient.open(options);
    for (const event of EVENTS) client.on(event, (value) => port.postMessage({ event, value: value ?? null }));
    return where();
  };
  port.onmessage = async ({ data: { id, method, args } }) => {
    try {
      const value = method === "open" ? await open(...args) : await client[method](...args);
      port.postMessage({ id, value: value ?? null });
    } catch (error) {
      port.postMessage({ id, error: `${method}: ${error?.code} ${error?.stack ?? error}` });
    }
  };
}

// Runs a client behind a message port. Windows and all kinds of workers import this module. Calls arrive as plain data;
// results and events are posted as plain data.

import init, { RoamClient } from "/pkg/roamkit.js";

const EVENTS = [
  "messageReceived", "messageRemoved", "conversationDeleted", "conversationsChanged", "connected", "disconnected",
  "tokenWillExpire", "tokenExpired", "error",
];

/** Describes the environment. */
const describe = () => ({ scope: globalThis.constructor.name, window: typeof window, document: typeof document });

export function serveClient(port) {
  let client;
  const open = async (options) => {
    await init();
    client = await RoamClient.open(options);
    for (const event of EVENTS) client.on(event, (value) => port.postMessage({ event, value: value ?? null }));
    return describe();
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

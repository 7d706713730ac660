// Opens clients, uses them, and ends them in every way, also during a call.

import exported from "/pkg/glue.js";
import init, { RoamClient } from "/pkg/roamkit.js";

const BOB = { conversationId: "bob", conversationType: "singleChat" };
/** A signal of the application. It lives as long as the page, so listeners on it would be leaks. */
const { signal } = new AbortController();
resourceCounts.watch(signal);

let user;
let wasm;

/** Waits for a number of turns of the event loop. It uses no timer, since timers are counted. */
async function waitTurns(number) {
  const { port1, port2 } = new MessageChannel();
  for (let turn = 0; turn < number; turn += 1) {
    await new Promise((resolve) => {
      port1.onmessage = resolve;
      port2.postMessage(null);
    });
  }
  port1.close();
}

async function open(deviceId) {
  const client = await RoamClient.open({ ...user.options, deviceId });
  // One listener is removed by the application, the others only by the end of the client.
  client.on("messageReceived", () => {});
  client.on("conversationsChanged", () => {})();
  client.on("error", (error) => window.errors.push(`${error.code} ${error.message}`));
  return client;
}

async function use(client) {
  await client.login({ token: user.token });
  const { messages } = await client.fetchHistoryMessages({ ...BOB, pageSize: 5, signal });
  await client.fetchConversationsFromServer({ pageSize: 50, signal });
  await client.removeMessagesFromServer({ ...BOB, msgIdList: [messages[0]?.id ?? "1"] });
  for await (const page of client.history({ ...BOB, pageSize: 1, signal })) if (page.length > 0) break;
  await client.loadMessages(BOB);
  await client.loadAllConversations();
}

/** Calls during which a client may end. */
const calls = {
  login: (client) => client.login({ token: user.token }),
  loginByPassword: (client) => client.login({ password: user.password }),
  fetch: (client) => client.fetchHistoryMessages({ ...BOB, signal }),
  list: (client) => client.fetchConversationsFromServer({ signal }),
  remove: (client) => client.removeMessagesFromServer({ ...BOB, msgIdList: ["1"] }),
  load: (client) => client.loadMessages(BOB),
};

const ends = {
  close: (client) => client.close(),
  async logout(client) {
    await client.logout();
    client.close();
  },
  wipe: (client) => client.logout({ wipe: true }),
};

/** Starts calls and ends the client after a number of turns of the event loop. */
async function endDuring(client, names, turns, end) {
  const started = Promise.allSettled(names.map((name) => calls[name](client)));
  await waitTurns(turns);
  await end(client);
  await started;
}

/** Opens and ends one client, or two of the same device. Resolves with their number. */
async function openAndEnd(number) {
  const device = `device-${number % 4}`;
  const end = Object.values(ends)[number % 3];
  const client = await open(device);
  switch (number % 5) {
    case 0:
      await endDuring(client, number % 2 ? ["login"] : ["loginByPassword"], number % 19, end);
      return 1;
    case 1:
      await calls.login(client);
      await endDuring(client, ["fetch", "list", "remove", "load"], number % 7, end);
      return 1;
    case 2: {
      const other = await open(device);
      await Promise.all([use(client), use(other)]);
      await end(client);
      await end(other);
      return 2;
    }
    default:
      await use(client);
      await end(client);
      return 1;
  }
}

let current;

window.errors = [];
window.leaks = {
  async start(options) {
    user = options;
    await init();
    wasm = await exported();
  },
  counts: () => resourceCounts.current(),
  async open() {
    current = await open("current");
  },
  use: () => use(current),
  logout: () => current.logout(),
  end: (name) => ends[name](current),
  /** Starts a call. `window.settled` resolves with its outcome. */
  begin(name) {
    window.settled = calls[name](current).then(() => "done", ({ code, message }) => `${code} ${message}`);
  },
  /** Opens and ends clients, numbered from `from` up to `to`. */
  async run(from, to) {
    for (let number = from; number < to; ) {
      number += await openAndEnd(number);
      // Collecting here makes the peak memory usage independent of the browser's own collections.
      gc();
      await waitTurns(1);
    }
  },
  /** The WebAssembly memory, and the number of JS values that the module's table references. */
  memory() {
    // Exports have shortened names, so the table is found by its type.
    const [table, ...others] = Object.values(wasm).filter((value) => value instanceof WebAssembly.Table);
    if (others.length > 0) throw new Error("the package exports more than one table");
    let references = 0;
    for (let i = 0; i < table.length; i += 1) if (table.get(i) != null) references += 1;
    return { bytes: wasm.memory.buffer.byteLength, table: table.length, references };
  },
};

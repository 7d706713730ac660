// Opens clients, has them do what clients do, and ends them in every way there is, also in the middle of a call.

import exported from "/pkg/glue.js";
import init, { RoamClient } from "/pkg/roamkit.js";

const BOB = { conversationId: "bob", conversationType: "singleChat" };
/** The application's own signal, which lives as long as the page. */
const { signal } = new AbortController();
counts.watch(signal);

let user;
let wasm;

/** So many turns of the event loop, without a timer. */
async function turns(number) {
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
  // One listener is taken away, the other is left to the client's end.
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

/** Calls to end in the middle of. */
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

/** Begins calls, and ends the client after so many turns. */
async function endWithin(client, names, turn, end) {
  const begun = Promise.allSettled(names.map((name) => calls[name](client)));
  await turns(turn);
  await end(client);
  await begun;
}

/** Opens one client, or two for tabs of one device, and ends it. Tells how many it were. */
async function one(number) {
  const device = `device-${number % 4}`;
  const end = Object.values(ends)[number % 3];
  const client = await open(device);
  switch (number % 5) {
    case 0:
      await endWithin(client, number % 2 ? ["login"] : ["loginByPassword"], number % 19, end);
      return 1;
    case 1:
      await calls.login(client);
      await endWithin(client, ["fetch", "list", "remove", "load"], number % 7, end);
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

let held;

window.errors = [];
window.leaks = {
  async start(given) {
    user = given;
    await init();
    wasm = await exported();
  },
  counts: () => counts.now(),
  async open() {
    held = await open("held");
  },
  use: () => use(held),
  logout: () => held.logout(),
  end: (how) => ends[how](held),
  /** Begins a call; `settled` tells how it ended. */
  begin(name) {
    window.settled = calls[name](held).then(() => "done", ({ code, message }) => `${code} ${message}`);
  },
  /** Opens and ends clients from that number on until there were so many. */
  async run(from, to) {
    for (let number = from; number < to; ) {
      number += await one(number);
      // How much there is at once must not hang on when the browser would have collected.
      gc();
      await turns(1);
    }
  },
  /** The memory of the package, and how many things of JS it holds: closures among them. */
  memory() {
    // The only one that is exported: the names are shortened.
    const [table, ...others] = Object.values(wasm).filter((one) => one instanceof WebAssembly.Table);
    if (others.length > 0) throw new Error("the package exports more than one table");
    let references = 0;
    for (let at = 0; at < table.length; at += 1) if (table.get(at) != null) references += 1;
    return { bytes: wasm.memory.buffer.byteLength, table: table.length, references };
  },
};

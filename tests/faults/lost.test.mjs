// Answers that get lost, case by case: what the random scenarios meet now and then. The copy must come to what the server
// has, by itself.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { within } from "../model/device.mjs";
import { Ground, World } from "../model/world.mjs";

/** A comparison in the background, and another one when the server can no longer be about to act. */
const COMPARED_MS = 12_000;
const DELETION = { isDeleteServerMessages: true };

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe("an answer that is lost", { timeout: 240_000, concurrency: 4 }, () => {
  let ground;
  let users = 0;
  before(async () => {
    ground = await Ground.lay({ args: ["--password-memory", "8"] });
    await ground.admin.createUsers("bob");
  });
  after(async () => {
    for (const end of ground?.ends() ?? []) await end();
  });

  /** A test with a tab that has Bob's three messages and the list. `answer` is the network's, once all of that is there. */
  function lost(title, answer, run) {
    it(title, async () => {
      const world = await World.open({ ground, user: `lost-${(users += 1)}`, peers: ["bob"] });
      try {
        const [bob] = world.conversations;
        const ids = [];
        for (const text of ["one", "two", "three"]) ids.push(await world.send(bob, "bob", "txt", text));
        const faults = {
          bad: false,
          answer: (request, ask) => (faults.bad && request.method !== "OPTIONS" ? answer(request, ask) : ask()),
          admit: () => true,
          join: (server, client) => server.pipe(client).pipe(server),
        };
        const device = await world.device("a", undefined, faults);
        const tab = await device.openTab();
        await tab.login();
        await tab.call("fetchHistoryMessages", bob);
        await tab.call("fetchConversationsFromServer", { pageSize: 50 });
        faults.bad = true;
        await run({ world, tab, bob, ids, faults });
        world.violated(device);
      } finally {
        await world.close();
      }
    });
  }

  /** Until the copy is the server's, and says that it is. */
  async function same({ world, tab, bob }) {
    const start = Date.now();
    for (;;) {
      const { conversations, histories } = await tab.read([{ conversation: bob, how: { pageSize: 50, searchDirection: "up" } }]);
      const [[page]] = histories;
      const got = { ids: page.messages.map(({ id }) => id).reverse(), complete: page.complete, listed: conversations.length };
      const want = { ids: (await world.service.history(bob)).map(({ id }) => id), complete: true, listed: (await world.service.list(true)).length };
      if (JSON.stringify(got) === JSON.stringify(want)) return;
      if (Date.now() - start > COMPARED_MS) assert.deepEqual(got, want, `after ${COMPARED_MS} ms`);
      await pause(50);
    }
  }

  /** Not before the server has come to it. */
  async function done(what, left) {
    for (const start = Date.now(); (await left()).length > 0; await pause(20)) {
      assert.ok(Date.now() - start < 5_000, `the server never did it: ${what}`);
    }
  }

  /** Removals and deletions are lost at once, and done a while later; the rest passes. */
  const doneLater = (request, ask) => {
    if (request.method !== "DELETE") return ask();
    setTimeout(ask, 1_000);
    return null;
  };
  const doneAndLost = async (request, ask) => {
    const answer = await ask();
    return request.method === "DELETE" ? null : answer;
  };

  for (const [how, answer] of [["after it was done", doneAndLost], ["before it is done", doneLater]]) {
    lost(`of a deletion with its messages, ${how}`, answer, async (at) => {
      const { error } = await at.tab.attempt("deleteConversationFromServer", { ...at.bob, ...DELETION });
      assert.match(error.message, /may or may not have been done/);
      await done("deletion", () => at.world.service.list(true));
      await same(at);
    });

    lost(`of a deletion without its messages, ${how}`, answer, async (at) => {
      await at.tab.attempt("deleteConversationFromServer", { ...at.bob, isDeleteServerMessages: false });
      await done("deletion", () => at.world.service.list(true));
      await same(at);
    });

    lost(`of a removal up to a time to come, ${how}`, answer, async (at) => {
      await at.tab.attempt("removeMessagesFromServer", { ...at.bob, time: Date.now() + 3_600_000 });
      await done("removal", () => at.world.service.history(at.bob));
      await same(at);
    });
  }

  const refusals = {
    429: { headers: { "Retry-After": "600" }, body: "{}" },
    401: { headers: {}, body: JSON.stringify({ error: "unauthorized", error_description: "expired access token" }) },
    403: { headers: {}, body: JSON.stringify({ error: "forbidden", error_description: "no permission" }) },
  };
  for (const [status, { headers, body }] of Object.entries(refusals)) {
    let times = 0;
    const doneAndThenRefused = async (request, ask) => {
      if (request.method !== "DELETE") return ask();
      if ((times += 1) === 1) return (await ask(), null);
      const open = { "Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After" };
      return { status: Number(status), headers: { ...open, ...headers }, body: Buffer.from(body) };
    };
    lost(`and whose request the browser repeats by itself, to be turned away with ${status}`, doneAndThenRefused, async (at) => {
      const { error } = await at.tab.attempt("removeMessagesFromServer", { ...at.bob, msgIdList: [at.ids[1]] });
      assert.ok(error, "it was turned away");
      assert.equal(times, 2);
      assert.equal((await at.world.service.history(at.bob)).length, 2);
      await same(at);
    });
  }

  const compared = { lost: false };
  const doneAndLostUntilCompared = async (request, ask) => {
    if (request.method === "DELETE") return doneAndLost(request, ask);
    if (!/messageroaming/.test(request.url) || compared.lost) return ask();
    compared.lost = true;
    await within(compared.asked, "another comparison");
    return { status: 500, headers: { "Access-Control-Allow-Origin": "*" }, body: Buffer.from("{}") };
  };
  compared.asked = new Promise((resolve) => (compared.ask = resolve));
  lost("and whose comparison fails, too, while another is asked for", doneAndLostUntilCompared, async (at) => {
    const { tab, bob, ids } = at;
    for (const id of ids.slice(1)) await tab.attempt("removeMessagesFromServer", { ...bob, msgIdList: [id] });
    assert.ok(compared.lost, "nothing was compared");
    compared.ask();
    await same(at);
  });
});

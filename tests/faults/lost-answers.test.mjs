// Lost answers, case by case. The random scenarios meet each of these only sometimes. After each one, a reconciliation
// must bring the local copy to the server's state without a call of the application.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { Fixture, SharedResources } from "../model/fixture.mjs";
import { NO_FAULTS } from "../support/network.mjs";
import { withTimeout } from "../support/wait.mjs";
import { CORS_HEADERS } from "./request-faults.mjs";

/** The time limit for two reconciliations: one at once, one when the server can no longer be about to act. */
const RECONCILIATION_MS = 12_000;

describe("a lost answer", { timeout: 240_000, concurrency: 4 }, () => {
  let shared;
  let users = 0;
  before(async () => {
    shared = await SharedResources.start({ args: ["--password-memory", "8"] });
    await shared.appRest.createUsers("bob");
  });
  after(async () => {
    for (const cleanup of shared?.cleanups() ?? []) await cleanup();
  });

  /**
   * Defines a test. Its tab has fetched three messages of Bob and the conversation list. From then on `answer` decides
   * about the answers to all requests.
   */
  function lostAnswer(title, answer, run) {
    it(title, async () => {
      const fixture = await Fixture.open({ shared, user: `lost-${(users += 1)}`, peers: ["bob"] });
      try {
        const [bob] = fixture.conversations;
        const ids = [];
        for (const text of ["one", "two", "three"]) ids.push(await fixture.send(bob, "bob", "txt", text));
        let enabled = false;
        const faults = {
          ...NO_FAULTS,
          answer: (request, forward) => (enabled && request.method !== "OPTIONS" ? answer(request, forward) : forward()),
        };
        const device = await fixture.device("a", undefined, faults);
        const tab = await device.openTab();
        await tab.login();
        await tab.call("fetchHistoryMessages", bob);
        await tab.call("fetchConversationsFromServer", { pageSize: 50 });
        enabled = true;
        await run({ fixture, tab, bob, ids });
        fixture.checkViolations(device);
      } finally {
        await fixture.close();
      }
    });
  }

  /** Waits until the local copy equals the server's state and reports itself as complete. */
  async function checkReconciled({ fixture, tab, bob }) {
    const start = Date.now();
    for (;;) {
      const walk = { pageSize: 50, searchDirection: "up" };
      const { conversations, histories } = await tab.read([{ conversation: bob, walk }]);
      const [[page]] = histories;
      const actual = { ids: page.messages.map(({ id }) => id).reverse(), complete: page.complete, listed: conversations.length };
      const expected = {
        ids: (await fixture.userRest.history(bob)).map(({ id }) => id),
        complete: true,
        listed: (await fixture.userRest.conversations(true)).length,
      };
      if (JSON.stringify(actual) === JSON.stringify(expected)) return;
      if (Date.now() - start > RECONCILIATION_MS) assert.deepEqual(actual, expected, `after ${RECONCILIATION_MS} ms`);
      await sleep(50);
    }
  }

  /** Waits until the server has carried out a request: `read` then resolves with an empty list. */
  async function waitUntilEmpty(description, read) {
    for (const start = Date.now(); (await read()).length > 0; await sleep(20)) {
      assert.ok(Date.now() - start < 5_000, `the server never did it: ${description}`);
    }
  }

  /** Breaks the connection of removals and deletions at once; the server carries them out a second later. */
  const doneLater = (request, forward) => {
    if (request.method !== "DELETE") return forward();
    setTimeout(forward, 1_000);
    return null;
  };
  /** Breaks the connection of removals and deletions after the server has carried them out. */
  const doneAndLost = async (request, forward) => {
    const answer = await forward();
    return request.method === "DELETE" ? null : answer;
  };

  for (const [when, answer] of [["after it was done", doneAndLost], ["before it is done", doneLater]]) {
    lostAnswer(`to a deletion with messages, ${when}`, answer, async (context) => {
      const { fixture, tab, bob } = context;
      const { error } = await tab.attempt("deleteConversationFromServer", { ...bob, isDeleteServerMessages: true });
      assert.match(error.message, /may or may not have been done/);
      await waitUntilEmpty("deletion", () => fixture.userRest.conversations(true));
      await checkReconciled(context);
    });

    lostAnswer(`to a deletion without messages, ${when}`, answer, async (context) => {
      const { fixture, tab, bob } = context;
      await tab.attempt("deleteConversationFromServer", { ...bob, isDeleteServerMessages: false });
      await waitUntilEmpty("deletion", () => fixture.userRest.conversations(true));
      await checkReconciled(context);
    });

    lostAnswer(`to a removal up to a future time, ${when}`, answer, async (context) => {
      const { fixture, tab, bob } = context;
      await tab.attempt("removeMessagesFromServer", { ...bob, time: Date.now() + 3_600_000 });
      await waitUntilEmpty("removal", () => fixture.userRest.history(bob));
      await checkReconciled(context);
    });
  }

  const refusals = {
    429: { headers: { "Retry-After": "600" }, body: "{}" },
    401: { headers: {}, body: JSON.stringify({ error: "unauthorized", error_description: "expired access token" }) },
    403: { headers: {}, body: JSON.stringify({ error: "forbidden", error_description: "no permission" }) },
  };
  for (const [status, { headers, body }] of Object.entries(refusals)) {
    let times = 0;
    const doneThenRefused = async (request, forward) => {
      if (request.method !== "DELETE") return forward();
      if ((times += 1) === 1) return (await forward(), null);
      return { status: Number(status), headers: { ...CORS_HEADERS, ...headers }, body: Buffer.from(body) };
    };
    lostAnswer(`to a request that the browser repeats and the server then refuses with ${status}`, doneThenRefused, async (context) => {
      const { fixture, tab, bob, ids } = context;
      const { error } = await tab.attempt("removeMessagesFromServer", { ...bob, msgIdList: [ids[1]] });
      assert.ok(error, "the call resolved");
      assert.equal(times, 2);
      assert.equal((await fixture.userRest.history(bob)).length, 2);
      await checkReconciled(context);
    });
  }

  let reconciliationFailed = false;
  let allowFailure;
  const secondRemovalMade = new Promise((resolve) => (allowFailure = resolve));
  const firstReconciliationFails = async (request, forward) => {
    if (request.method === "DELETE") return doneAndLost(request, forward);
    if (!/messageroaming/.test(request.url) || reconciliationFailed) return forward();
    reconciliationFailed = true;
    await withTimeout(secondRemovalMade, "the second removal");
    return { status: 500, headers: { "Access-Control-Allow-Origin": "*" }, body: Buffer.from("{}") };
  };
  lostAnswer("whose reconciliation fails while another one becomes necessary", firstReconciliationFails, async (context) => {
    const { tab, bob, ids } = context;
    for (const id of ids.slice(1)) await tab.attempt("removeMessagesFromServer", { ...bob, msgIdList: [id] });
    assert.ok(reconciliationFailed, "there was no reconciliation");
    allowFailure();
    await checkReconciled(context);
  });
});

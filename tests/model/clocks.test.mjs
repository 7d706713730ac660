// Devices whose wall clock is wrong, or is set while a page is open. Each case once broke tokens or the local copy.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { waitUntil } from "../support/wait.mjs";
import { Fixture } from "./fixture.mjs";

const HOUR = 3_600_000;

/** Replaces the page's clock by one that is `clockAhead` milliseconds ahead. */
function replaceClock(ahead) {
  globalThis.clockAhead = ahead;
  if (globalThis.hasOwnClock) return;
  globalThis.hasOwnClock = true;
  const Real = Date;
  globalThis.Date = class extends Real {
    constructor(...given) {
      if (given.length === 0) super(Date.now());
      else super(...given);
    }
    static now() {
      return Real.now() + globalThis.clockAhead;
    }
  };
}

/** Defines a test with one device, whose clock is `ahead` milliseconds ahead. */
function clockTest(title, ahead, run) {
  it(title, { timeout: 60_000 }, async () => {
    const fixture = await Fixture.open();
    try {
      const device = await fixture.device("a");
      await device.context.addInitScript(replaceClock, ahead);
      await run(fixture, await device.openTab(), device);
    } finally {
      await fixture.close();
    }
  });
}

/** Logs in with a token of this lifetime, and renews it at each event. Returns the times of the renewals. */
async function loginAndRenew(fixture, tab, seconds) {
  const newToken = () => fixture.appRest.userToken(fixture.user, seconds);
  const renewals = [];
  tab.device.onReport = (name) => {
    if (name !== "tokenWillExpire" && name !== "tokenExpired") return;
    renewals.push({ name, at: Date.now() });
    // The page may be closed meanwhile.
    newToken().then((token) => tab.attempt("renewToken", token)).catch(() => {});
  };
  await tab.call("login", { token: await newToken() });
  return renewals;
}

/** Counts the requests for pages of the history from now on. */
function countHistoryRequests(tab) {
  const requests = [];
  tab.page.on("request", (request) => {
    if (request.method() === "POST" && request.url().endsWith("/messageroaming")) requests.push(request.url());
  });
  return () => requests.length;
}

describe("a wrong clock", () => {
  for (const hours of [2, -2]) {
    clockTest(`of ${hours} h renews no token of 1 h, also if it is set during the session`, hours * HOUR, async (fixture, tab) => {
      const renewals = await loginAndRenew(fixture, tab, 3_600);
      await sleep(1_500);
      await tab.page.evaluate(replaceClock, hours * 2 * HOUR);
      await tab.call("fetchConversationsFromServer");
      await sleep(1_500);
      assert.deepEqual(renewals, []);
      assert.equal(await tab.isConnected(), true);
    });
  }

  for (const seconds of [-60, 0, 7_200]) {
    clockTest(`of ${seconds} s: tokens of 8 s are renewed once each, and in time`, seconds * 1_000, async (fixture, tab) => {
      const begun = Date.now();
      const renewals = await loginAndRenew(fixture, tab, 8);
      await waitUntil("two renewals", () => renewals.length === 2);
      assert.deepEqual(renewals.map(({ name }) => name), ["tokenWillExpire", "tokenWillExpire"]);
      const after = renewals.map(({ at }) => at - begun);
      // Four fifths of the lifetime are 6.4 s.
      assert.ok(after[0] > 5_000 && after[0] < 8_000 && after[1] < 16_000, `renewed after ${after} ms`);
    });
  }

  clockTest("of 8 h while 40 messages arrive does no harm after it was set right", 8 * HOUR, async (fixture, tab, device) => {
    const [bob] = fixture.conversations;
    await tab.login();
    await tab.call("fetchHistoryMessages", { ...bob, pageSize: 50 });
    for (let n = 0; n < 40; n += 1) await fixture.send(bob, "bob", "txt", `message ${n}`);
    await device.waitUntil("40 messages", () => device.receivedAt.size === 40);
    const fetchOnce = async (when) => {
      const count = countHistoryRequests(tab);
      const fetched = await tab.call("fetchHistoryMessages", { ...bob, pageSize: 50 });
      assert.equal(fetched.messages.length, 40, when);
      assert.equal(count(), 1, `${when}: requests for one page`);
      const local = await tab.call("loadMessages", { ...bob, pageSize: 50 });
      assert.deepEqual([local.messages.length, local.complete], [40, true], when);
    };
    await tab.page.evaluate(replaceClock, 0);
    await fetchOnce("in the same page");
    await device.context.addInitScript(replaceClock, 0);
    device.forgetEvents();
    await tab.reload();
    await tab.login();
    await fetchOnce("after a restart");
    assert.deepEqual(device.violations, []);
  });
});

// Resource leaks: what a client holds of the platform (sockets, timers, listeners, memory …) must be released when it ends.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { waitUntil, withTimeout } from "../support/wait.mjs";
import { Fixture } from "./fixture.mjs";

/** The number of clients after which memory must no longer grow, and the total number of clients. */
// The browser compiles and optimizes the package's functions during the warm-up: 150 clients are measured after it.
const [WARM_UP, TOTAL] = [150, 300];
/** The JS heap may grow by this much after the warm-up. 150 clients that leak a kilobyte each would exceed it. */
const MAX_HEAP_GROWTH = 128 * 1024;

describe("clients that have ended", { timeout: 240_000 }, () => {
  let fixture;
  let user;
  let network;
  let page;
  let session;
  let initialCounts;
  const failures = [];
  before(async () => {
    fixture = await Fixture.open({ browser: { args: ["--js-flags=--expose-gc"] } });
    user = await fixture.user("many");
    for (let i = 0; i < 80; i += 1) await user.sendFromBob(`message ${i}`);
    network = await fixture.network();
  });
  after(() => fixture.close());

  /** Calls a function of `leaks.js` in the page. */
  const inPage = (name, ...args) => page.evaluate(([name, args]) => window.leaks[name](...args), [name, args]);

  /** Opens a page and takes its initial counts. */
  async function openPage() {
    const context = await fixture.context();
    page = await context.newPage();
    page.on("pageerror", (error) => failures.push(String(error?.stack ?? error)));
    await page.goto(`${fixture.files.url}/app/leaks.html`);
    await page.waitForFunction(() => "leaks" in window);
    const { deviceId, ...options } = user.options(network);
    await inPage("start", { options, token: user.token, password: `pw-${user.name}` });
    initialCounts = await inPage("counts");
    session = await context.newCDPSession(page);
  }

  /** Waits until the page has these counts. A socket needs some time for its closing handshake. */
  async function waitForCounts(expected, description) {
    let actual;
    const matches = async () => {
      actual = await inPage("counts");
      return Object.keys(expected).every((name) => actual[name] === expected[name]);
    };
    await waitUntil(description, matches, 5_000).catch(() => assert.deepEqual(actual, expected, description));
  }

  /**
   * Collects garbage until the number of references no longer changes, since finalizers run some time after a collection.
   * Resolves with the memory usage. `maxReferences` is the expected number of references.
   */
  async function measureMemory(maxReferences = Infinity) {
    let used = await inPage("memory");
    const collected = async () => {
      const { references } = used;
      await session.send("HeapProfiler.collectGarbage");
      used = await inPage("memory");
      return used.references <= maxReferences && used.references === references;
    };
    await waitUntil("everything is collected", collected, 5_000).catch(() => {});
    const { usedSize } = await session.send("Runtime.getHeapUsage");
    return { ...used, heap: usedSize };
  }

  async function assertNoErrors() {
    assert.deepEqual([...failures, ...(await page.evaluate(() => window.errors))], []);
  }

  it("hold no resources of a session after logout, and none at all after close", async () => {
    await openPage();
    await inPage("open");
    // `RoamClient.open` may resolve before the database is open.
    let openCounts;
    await waitUntil("the local copy is open", async () => {
      openCounts = await inPage("counts");
      return openCounts.databases === 1 && openCounts.opening === 0 && openCounts.timers === 0;
    });
    for (const end of ["logout", "login again", "close"]) {
      await inPage("use");
      const { sockets, channels, locks, timers, listeners } = await inPage("counts");
      assert.deepEqual({ sockets, channels, locks }, { sockets: 1, channels: 1, locks: 1 });
      assert.ok(timers > 0 && listeners > openCounts.listeners, "the counters do not work");
      if (end === "logout") {
        await inPage("logout");
        await waitForCounts(openCounts, "the counts before login");
      }
    }
    await inPage("end", "close");
    await waitForCounts(initialCounts, "the counts after close");
    await assertNoErrors();
  });

  const REQUESTS = {
    loginByPassword: ["POST", /\/token$/],
    fetch: ["POST", /\/messageroaming$/],
    remove: ["DELETE", /\/message\/roaming\//],
  };
  for (const call of ["login", ...Object.keys(REQUESTS)]) {
    it(`hold no resources of a call without an answer: ${call}`, async () => {
      await openPage();
      for (const end of ["close", "logout", "wipe"]) {
        await inPage("open");
        if (!call.startsWith("login")) await inPage("use");
        const { total } = network.webSockets;
        const held = call === "login" ? { release: network.holdSockets() } : network.hold(...REQUESTS[call]);
        await inPage("begin", call);
        await (held.answered ?? waitUntil("a socket", () => network.webSockets.total > total));
        await inPage("end", end);
        assert.match(await withTimeout(page.evaluate(() => window.settled), `the outcome after ${end}`), /^1 .*ended by/);
        await waitForCounts(initialCounts, `the counts after ${end}`);
        held.release();
      }
      await assertNoErrors();
    });
  }

  it(`do not use memory: ${TOTAL} clients`, async (test) => {
    await openPage();
    let warm;
    for (let clients = 0; clients < TOTAL; ) {
      const previous = clients;
      clients += WARM_UP / 2;
      await inPage("run", previous, clients);
      await waitForCounts(initialCounts, `the counts after ${clients} clients`);
      const used = await measureMemory(warm?.references);
      if (clients === WARM_UP) warm = used;
      if (clients !== TOTAL) continue;
      test.diagnostic(JSON.stringify({ warm, used }));
      const { heap, ...rest } = used;
      const { heap: before, ...expected } = warm;
      assert.deepEqual(rest, expected);
      assert.ok(heap - before < MAX_HEAP_GROWTH, `the heap grew from ${before} to ${heap} bytes`);
    }
    await waitUntil("all sockets are closed", () => network.webSockets.open === 0);
    assert.ok(network.webSockets.total > TOTAL / 2, "the clients opened too few sockets");
    await assertNoErrors();
  });
});

// What clients hold of the platform while they live, and that nothing of it is left when they are ended.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { World, until, within } from "./world.mjs";

/** Clients after which everything that is made once has been made, and the number to come to. */
const [SETTLED, ALL] = [50, 200];
/** What the heap of JS may grow by meanwhile: 150 clients that left a kilobyte each would be seen. */
const HEAP_BYTES = 128 * 1024;

describe("clients that are ended", { timeout: 120_000 }, () => {
  let world;
  let user;
  let network;
  let page;
  let session;
  let start;
  const failures = [];
  before(async () => {
    world = await World.open({ browser: { args: ["--js-flags=--expose-gc"] } });
    user = await world.user("many");
    for (let number = 0; number < 80; number += 1) await user.hear(`message ${number}`);
    network = await world.network();
  });
  after(() => world.close());

  const leaks = (name, ...args) => page.evaluate(([name, args]) => window.leaks[name](...args), [name, args]);
  const counts = () => leaks("counts");

  /** A page whose counts are at their start. */
  async function load() {
    const context = await world.context();
    page = await context.newPage();
    page.on("pageerror", (error) => failures.push(String(error?.stack ?? error)));
    await page.goto(`${world.files.url}/app/leaks.html`);
    await page.waitForFunction(() => "leaks" in window);
    const { deviceId, ...options } = user.options(network);
    await leaks("start", { options, token: user.token, password: `pw-${user.name}` });
    start = await counts();
    session = await context.newCDPSession(page);
  }

  /** Waits until the page holds that again: a socket says goodbye first. */
  async function holds(expected, what, milliseconds = 5_000) {
    let now;
    const same = async () => {
      now = await counts();
      return Object.keys(expected).every((name) => now[name] === expected[name]);
    };
    await until(what, same, milliseconds).catch(() => assert.deepEqual(now, expected, what));
  }

  /** What is used once nothing is left to be collected: finalizers run some time after it was found. */
  async function memory(bound = Infinity) {
    let used = await leaks("memory");
    const collected = async () => {
      const { references } = used;
      await session.send("HeapProfiler.collectGarbage");
      used = await leaks("memory");
      return used.references <= bound && used.references === references;
    };
    await until("everything is collected", collected, 5_000).catch(() => {});
    const { usedSize } = await session.send("Runtime.getHeapUsage");
    return { ...used, heap: usedSize };
  }

  async function quiet() {
    assert.deepEqual([...failures, ...(await page.evaluate(() => window.errors))], []);
  }

  it("hold nothing of a session after logout, and nothing at all after close", async () => {
    await load();
    await leaks("open");
    // Nobody waits for the database at the start; from here on it is there.
    let opened;
    await until("the local copy is open", async () => {
      opened = await counts();
      return opened.databases === 1 && opened.opening === 0 && opened.timers === 0;
    });
    for (const end of ["logout", "login again", "close"]) {
      await leaks("use");
      const { sockets, channels, locks, timers, listeners } = await counts();
      assert.deepEqual({ sockets, channels, locks }, { sockets: 1, channels: 1, locks: 1 });
      assert.ok(timers > 0 && listeners > opened.listeners, "counts that see nothing");
      if (end === "logout") {
        await leaks("logout");
        await holds(opened, "what it held before login");
      }
    }
    await leaks("end", "close");
    await holds(start, "nothing");
    await quiet();
  });

  const REQUESTS = {
    loginByPassword: ["POST", /\/token$/],
    fetch: ["POST", /\/messageroaming$/],
    remove: ["DELETE", /\/message\/roaming\//],
  };
  for (const call of ["login", ...Object.keys(REQUESTS)]) {
    it(`hold nothing of a call that is not answered: ${call}`, async () => {
      await load();
      for (const end of ["close", "logout", "wipe"]) {
        await leaks("open");
        if (!call.startsWith("login")) await leaks("use");
        const { made } = network.webSockets;
        const held = call === "login" ? { release: network.holdSockets() } : network.hold(...REQUESTS[call]);
        await leaks("begin", call);
        await (held.answered ?? until("a socket", () => network.webSockets.made > made));
        await leaks("end", end);
        assert.match(await within(page.evaluate(() => window.settled), `its end by ${end}`), /^1 .*ended by/);
        await holds(start, `nothing after ${end}`);
        held.release();
      }
      await quiet();
    });
  }

  it(`are as nothing, however many: ${ALL}`, async (test) => {
    await load();
    let settled;
    for (let number = 0; number < ALL; number += SETTLED / 2) {
      await leaks("run", number, number + SETTLED / 2);
      await holds(start, `nothing after client ${number + SETTLED / 2}`);
      const used = await memory(settled?.references);
      if (number + SETTLED / 2 === SETTLED) settled = used;
      if (number + SETTLED / 2 !== ALL) continue;
      test.diagnostic(JSON.stringify({ settled, used }));
      const { heap, ...rest } = used;
      const { heap: before, ...expected } = settled;
      assert.deepEqual(rest, expected);
      assert.ok(heap - before < HEAP_BYTES, `the heap grew from ${before} to ${heap} bytes`);
    }
    await until("no socket is left at the server", () => network.webSockets.open === 0);
    assert.ok(network.webSockets.made > ALL / 2, "clients that did nothing");
    await quiet();
  });
});

// The page lifecycle: pages in the back/forward cache, and pages frozen in the background.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { startChromium } from "../support/chromium.mjs";
import { serveStatic } from "../support/static.mjs";
import { waitUntil } from "../support/wait.mjs";
import { Fixture } from "./fixture.mjs";

describe("a page that was cached or frozen", { timeout: 90_000 }, () => {
  let fixture;
  let context;
  let otherSite;
  before(async () => {
    fixture = await Fixture.open({ browser: false });
    const profile = await mkdtemp(join(tmpdir(), "roamkit-"));
    fixture.defer(() => rm(profile, { recursive: true, force: true }));
    // Playwright's default arguments disable the back/forward cache and make all tabs visible.
    const browser = await startChromium(profile, { noDefaults: true });
    fixture.defer(() => browser.kill());
    ({ context } = browser);
    otherSite = await serveStatic({ "/": new URL("other-page", import.meta.url).pathname });
    fixture.defer(() => otherSite.close());
  });
  after(() => fixture.close());

  /** Opens a tab with a client in its window. */
  async function openClient(user, network) {
    const tab = await fixture.tab(context);
    const environment = await tab.start("window");
    await environment.call("open", user.options(network, "here"));
    return { tab, environment, login: () => environment.call("login", { token: user.token }) };
  }

  /** Opens two tabs of one device and logs both in. The first one is the leader. */
  async function openTwoTabs(user, network) {
    const tabs = [await openClient(user, network), await openClient(user, network)];
    for (const { login } of tabs) await login();
    return tabs;
  }

  /** Navigates to another page by `navigate`, runs `meanwhile`, and goes back. Resolves with whether the page was cached. */
  async function leaveAndReturn({ page }, navigate, meanwhile) {
    const session = await context.newCDPSession(page);
    await session.send("Page.enable");
    const refusals = [];
    session.on("Page.backForwardCacheNotUsed", ({ notRestoredExplanations }) => refusals.push(notRestoredExplanations));
    const { entries, currentIndex } = await session.send("Page.getNavigationHistory");
    const before = await page.evaluate(() => window.pageShows.length);
    await navigate(page);
    await meanwhile();
    await session.send("Page.navigateToHistoryEntry", { entryId: entries[currentIndex].id });
    // During the navigation the evaluation may fail or run in the other page.
    const readPageShows = () => page.evaluate(() => window.pageShows ?? []).catch(() => []);
    let pageShows = [];
    const isBack = async () => {
      pageShows = await readPageShows();
      return pageShows.at(-1) === false || pageShows.length > before || refusals.length > 0;
    };
    await waitUntil("the page is back", isBack);
    assert.deepEqual(refusals, [], "the back/forward cache refused the page");
    await session.detach();
    return pageShows.at(-1);
  }

  /** Like `leaveAndReturn`; fails if the page was not cached. */
  async function leaveAndReturnCached(tab, navigate, meanwhile) {
    assert.equal(await leaveAndReturn(tab, navigate, meanwhile), true, "the page was reloaded");
  }

  const toOtherSite = (page) => page.goto(otherSite.url);
  const toSameOrigin = (page) => page.goto(`${fixture.files.url}/app/other-page/index.html`);

  it("resumes its session when it leaves the back/forward cache", async () => {
    const user = await fixture.user("back");
    const network = await fixture.network();
    const { tab, environment, login } = await openClient(user, network);
    await login();
    const sent = [];
    for (const [trip, navigate] of [toSameOrigin, toOtherSite].entries()) {
      const before = await user.sendFromBob("before");
      await environment.waitForEvent("messageReceived", before);
      await leaveAndReturnCached(tab, navigate, async () => {
        await waitUntil("the socket is closed", () => network.webSockets.open === 0);
        sent.push(before, await user.sendFromBob("while cached"));
        await user.remove(before);
      });
      await environment.waitForEvent("messageReceived", sent.at(-1));
      await environment.waitForEvent("messageRemoved", before);
      sent.push(await user.sendFromBob("after the return"));
      await environment.waitForEvent("messageReceived", sent.at(-1));
      assert.deepEqual(environment.idsOf("messageReceived"), sent);
      assert.deepEqual(network.webSockets, { open: 1, maxOpen: 1, total: trip + 2 });
    }
    const removed = environment.idsOf("messageRemoved");
    assert.deepEqual(removed, [sent[0], sent[3]]);
    assert.deepEqual(await environment.localIds(), sent.filter((id) => !removed.includes(id)));
    assert.equal(environment.events.all("disconnected").length, 0);
    assert.deepEqual(tab.failures, []);
    await tab.page.close();
  });

  it("resumes the session of its dedicated worker", async () => {
    const user = await fixture.user("back-with-dedicated");
    const network = await fixture.network();
    const tab = await fixture.tab(context);
    const environment = await tab.start("dedicated");
    await environment.call("open", user.options(network, "here"));
    await environment.call("login", { token: user.token });
    const sent = [];
    await leaveAndReturnCached(tab, toOtherSite, async () => sent.push(await user.sendFromBob("while cached")));
    sent.push(await user.sendFromBob("after the return"));
    await environment.waitForEvent("messageReceived", sent[1]);
    assert.deepEqual(environment.idsOf("messageReceived"), sent);
    assert.equal(network.webSockets.open, 1);
    assert.deepEqual(tab.failures, []);
    await tab.page.close();
  });

  // Chromium may thaw a shared worker before its page. If the worker then posts a message (its socket was closed),
  // Chromium evicts the page from the cache ("evicted by JavaScript") and reloads it. This happens one time in ten.
  it("has all messages of its shared worker, whether it was cached or reloaded", async () => {
    const user = await fixture.user("back-with-shared");
    const network = await fixture.network();
    const tab = await fixture.tab(context);
    const start = async () => {
      const environment = await tab.start("shared");
      await environment.call("open", user.options(network, "here"));
      await environment.call("login", { token: user.token });
      return environment;
    };
    let environment = await start();
    const sent = [];
    const wasCached = await leaveAndReturn(tab, toOtherSite, async () => sent.push(await user.sendFromBob("while cached")));
    if (!wasCached) environment = await start();
    sent.push(await user.sendFromBob("after the return"));
    await environment.waitForEvent("messageReceived", sent[1]);
    if (wasCached) assert.deepEqual(environment.idsOf("messageReceived"), sent);
    assert.deepEqual(await environment.localIds(), sent);
    assert.equal(network.webSockets.open, 1);
    assert.deepEqual(tab.failures, []);
    await tab.page.close();
  });

  it("becomes a follower if another tab has taken the session over", async () => {
    const user = await fixture.user("back-to-others");
    const network = await fixture.network();
    const [one, two] = await openTwoTabs(user, network);
    assert.deepEqual(network.webSockets, { open: 1, maxOpen: 1, total: 1 });
    const sent = [];
    await leaveAndReturnCached(one.tab, toSameOrigin, async () => {
      await waitUntil("the other tab opens a socket", () => network.webSockets.open === 1 && network.webSockets.total === 2);
      sent.push(await user.sendFromBob("to one of them"), await user.sendFromBob("to be removed"));
      await two.environment.waitForEvent("messageReceived", sent[1]);
      await user.remove(sent[1]);
      await two.environment.waitForEvent("messageRemoved", sent[1]);
    });
    sent.push(await user.sendFromBob("to both"));
    for (const { tab, environment } of [one, two]) {
      await environment.waitForEvent("messageReceived", sent[2]);
      assert.deepEqual(environment.idsOf("messageReceived"), sent);
      assert.deepEqual(environment.idsOf("messageRemoved"), [sent[1]]);
      assert.deepEqual(await environment.localIds(), [sent[0], sent[2]]);
      assert.equal(environment.events.all("disconnected").length, 0);
      assert.deepEqual(tab.failures, []);
    }
    assert.equal(network.webSockets.total, 2, "the returning tab opened a socket");
    await one.tab.page.close();
    await two.tab.page.close();
  });

  it("continues a login during which it was cached", async () => {
    const user = await fixture.user("back-to-login");
    const network = await fixture.network();
    const { tab, environment } = await openClient(user, network);
    const release = network.holdSockets();
    await tab.page.evaluate((token) => {
      window.login = window.environments.call("window", "login", [{ token }]);
    }, user.token);
    await waitUntil("the socket", () => network.webSockets.total === 1);
    await leaveAndReturnCached(tab, toOtherSite, release);
    assert.equal((await tab.page.evaluate(() => window.login)).error, undefined);
    const sent = await user.sendFromBob("after the return");
    await environment.waitForEvent("messageReceived", sent);
    assert.deepEqual([environment.idsOf("messageReceived"), network.webSockets.open], [[sent], 1]);
    assert.deepEqual(tab.failures, []);
    await tab.page.close();
  });

  it("is frozen as the leader, thaws as a follower, and receives each event once", async () => {
    const user = await fixture.user("frozen");
    const network = await fixture.network();
    const [one, two] = await openTwoTabs(user, network);
    // A visible page cannot be frozen.
    await two.tab.page.bringToFront();
    assert.equal(await one.tab.page.evaluate(() => document.visibilityState), "hidden");
    const session = await context.newCDPSession(one.tab.page);
    const sent = [];
    const send = async (text, count) => {
      for (let i = 0; i < count; i += 1) sent.push(await user.sendFromBob(`${text} ${i}`));
    };
    await send("before", 3);
    await one.environment.waitForEvent("messageReceived", sent[0]);
    // The page is frozen during a burst of messages, some of which another device then removes.
    const burst = send("burst", 20);
    await session.send("Page.setWebLifecycleState", { state: "frozen" });
    await waitUntil("the other tab opens a socket", () => network.webSockets.open === 1 && network.webSockets.total === 2);
    await burst;
    await two.environment.waitForEvent("messageReceived", sent.at(-1));
    await user.remove(sent[1], sent[10]);
    await two.environment.waitForEvent("messageRemoved", sent[10]);
    assert.ok(!one.environment.idsOf("messageRemoved").includes(sent[10]), "a frozen page received an event");
    const thawing = send("thawing", 10);
    await session.send("Page.setWebLifecycleState", { state: "active" });
    await thawing;
    for (const { tab, environment } of [one, two]) {
      await environment.waitForEvent("messageReceived", sent.at(-1));
      await environment.waitForEvent("messageRemoved", sent[10]);
      assert.deepEqual(environment.idsOf("messageReceived"), sent);
      assert.deepEqual(environment.idsOf("messageRemoved"), [sent[1], sent[10]]);
      assert.deepEqual(await environment.localIds(), sent.filter((id) => id !== sent[1] && id !== sent[10]));
      assert.equal(environment.events.all("disconnected").length, 0);
      assert.deepEqual(tab.failures, []);
    }
    assert.deepEqual([network.webSockets.open, network.webSockets.total], [1, 2], "the thawed tab opened a socket");
    await two.tab.page.close();
    await waitUntil("the thawed tab takes the session over", () => network.webSockets.open === 1 && network.webSockets.total === 3);
    sent.push(await user.sendFromBob("to the last tab"));
    await one.environment.waitForEvent("messageReceived", sent.at(-1));
    assert.deepEqual(one.environment.idsOf("messageReceived"), sent);
    await one.tab.page.close();
  });

  it("completes a write that caching interrupted", async () => {
    const user = await fixture.user("back-to-write");
    const network = await fixture.network();
    const [one, two] = await openTwoTabs(user, network);
    const held = network.hold("GET", /block-here/);
    const sent = [];
    const navigate = async (page) => {
      const urls = [network.url, otherSite.url];
      await page.evaluate(([url, next]) => window.blockInNextWrite(`${url}/block-here`, next), urls);
      const answered = page.waitForResponse((response) => response.url().startsWith(otherSite.url));
      const arrived = page.waitForURL(`${otherSite.url}/**`);
      sent.push(await user.sendFromBob("this is being written"));
      await held.answered;
      await answered;
      held.release();
      await arrived;
    };
    await leaveAndReturnCached(one.tab, navigate, () => two.environment.waitForEvent("messageReceived", sent[0]));
    assert.equal(await one.tab.page.evaluate(() => window.transactionInterrupted[0]), true, "caching interrupted no transaction");
    await one.environment.waitForEvent("messageReceived", sent[0]);
    for (const { tab, environment } of [one, two]) {
      assert.deepEqual(environment.idsOf("messageReceived"), sent);
      assert.deepEqual(await environment.localIds(), sent);
      assert.deepEqual(tab.failures, []);
      await tab.page.close();
    }
  });

  it("does not block other tabs when it is frozen during a write", async () => {
    const user = await fixture.user("frozen-in-write");
    const network = await fixture.network();
    const [one, two] = await openTwoTabs(user, network);
    await two.tab.page.bringToFront();
    const session = await context.newCDPSession(one.tab.page);
    const held = network.hold("GET", /block-here/);
    await one.tab.page.evaluate((url) => window.blockInNextWrite(`${url}/block-here`), network.url);
    const sent = await user.sendFromBob("this is being written");
    await held.answered;
    await session.send("Page.setWebLifecycleState", { state: "frozen" });
    held.release();
    await two.environment.waitForEvent("messageReceived", sent);
    assert.deepEqual(await two.environment.localIds(), [sent]);
    await session.send("Page.setWebLifecycleState", { state: "active" });
    await one.environment.waitForEvent("messageReceived", sent);
    assert.deepEqual(await one.tab.page.evaluate(() => window.transactionInterrupted), [true], "freezing interrupted no transaction");
    assert.deepEqual(await one.environment.localIds(), [sent]);
    for (const { tab, environment } of [one, two]) {
      assert.deepEqual(environment.idsOf("messageReceived"), [sent]);
      assert.deepEqual(tab.failures, []);
      await tab.page.close();
    }
  });
});

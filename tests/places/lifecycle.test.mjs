// Pages that are put away and come back: in the back/forward cache, and frozen in the background.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { startChromium } from "../support/chromium.mjs";
import { serveStatic } from "../support/static.mjs";
import { World, until } from "./world.mjs";

describe("a page that was put away", { timeout: 90_000 }, () => {
  let world;
  let context;
  let elsewhere;
  before(async () => {
    world = await World.open({ browser: false });
    const profile = await mkdtemp(join(tmpdir(), "roamkit-"));
    world.atEnd(() => rm(profile, { recursive: true, force: true }));
    // As people have it: with a back/forward cache, and with tabs of which only the front one is visible.
    const browser = await startChromium(profile, { noDefaults: true });
    world.atEnd(() => browser.kill());
    ({ context } = browser);
    elsewhere = await serveStatic({ "/": new URL("away", import.meta.url).pathname });
    world.atEnd(() => elsewhere.close());
  });
  after(() => world.close());

  /** A tab whose window is a client of that user's device. */
  async function client(user, network, device = "here") {
    const tab = await world.tab(context);
    const place = await tab.start("window");
    await place.call("open", user.options(network, device));
    return { tab, place, login: () => place.call("login", { token: user.token }) };
  }

  /**
   * A tab that `goes` somewhere else and comes back when `meanwhile` is over. Resolves with whether it is the page that
   * it was, rather than loaded anew.
   */
  async function leave({ page }, goes, meanwhile) {
    const session = await context.newCDPSession(page);
    await session.send("Page.enable");
    const refused = [];
    session.on("Page.backForwardCacheNotUsed", ({ notRestoredExplanations }) => refused.push(notRestoredExplanations));
    const { entries, currentIndex } = await session.send("Page.getNavigationHistory");
    const shown = await page.evaluate(() => window.shown.length);
    await goes(page);
    await meanwhile();
    await session.send("Page.navigateToHistoryEntry", { entryId: entries[currentIndex].id });
    // None while the page is on its way, or another is there.
    const times = () => page.evaluate(() => window.shown ?? []).catch(() => []);
    let now = [];
    const isBack = async () => (now = await times()).at(-1) === false || now.length > shown || refused.length > 0;
    await until("the page is back", isBack);
    assert.deepEqual(refused, [], "the back/forward cache refused the page");
    await session.detach();
    return now.at(-1);
  }

  /** The same, of a page that stays the one that it was. */
  async function away(tab, goes, meanwhile) {
    assert.equal(await leave(tab, goes, meanwhile), true, "the page was loaded anew");
  }

  const to = (url) => (page) => page.goto(url);
  const toSameOrigin = (page) => page.goto(`${world.files.url}/app/away/index.html`);

  it("comes out of the back/forward cache, and its session resumes", async () => {
    const user = await world.user("back");
    const network = await world.network();
    const { tab, place, login } = await client(user, network);
    await login();
    const came = [];
    for (const [trip, goes] of [toSameOrigin, to(elsewhere.url)].entries()) {
      const before = await user.hear("while it is there");
      await place.hears("messageReceived", before);
      await away(tab, goes, async () => {
        await until("no socket is left", () => network.webSockets.open === 0);
        came.push(before, await user.hear("while it is away"));
        await user.remove(before);
      });
      await place.hears("messageReceived", came.at(-1));
      await place.hears("messageRemoved", before);
      came.push(await user.hear("when it is back"));
      await place.hears("messageReceived", came.at(-1));
      assert.deepEqual(place.told("messageReceived"), came);
      assert.deepEqual(network.webSockets, { open: 1, most: 1, made: trip + 2 });
    }
    const removed = place.told("messageRemoved");
    assert.deepEqual(removed, [came[0], came[3]]);
    assert.deepEqual(await place.kept(), came.filter((id) => !removed.includes(id)));
    assert.equal(place.events.all("disconnected").length, 0);
    assert.deepEqual(tab.failures, []);
    await tab.page.close();
  });

  it("comes back with its dedicated worker, and that one's session resumes", async () => {
    const user = await world.user("back-with-dedicated");
    const network = await world.network();
    const tab = await world.tab(context);
    const place = await tab.start("dedicated");
    await place.call("open", user.options(network, "here"));
    await place.call("login", { token: user.token });
    const came = [];
    await away(tab, to(elsewhere.url), async () => came.push(await user.hear("while they are away")));
    came.push(await user.hear("when they are back"));
    await place.hears("messageReceived", came[1]);
    assert.deepEqual(place.told("messageReceived"), came);
    assert.equal(network.webSockets.open, 1);
    assert.deepEqual(tab.failures, []);
    await tab.page.close();
  });

  // Chromium thaws a shared worker on its own time. Where that one speaks before its page is thawed too (it is told that
  // its socket was closed), Chromium gives the page up, "evicted by JavaScript", and loads it anew: one time in ten.
  it("comes back to its shared worker's session, or to all that it would have told", async () => {
    const user = await world.user("back-with-shared");
    const network = await world.network();
    const tab = await world.tab(context);
    const begin = async () => {
      const place = await tab.start("shared");
      await place.call("open", user.options(network, "here"));
      await place.call("login", { token: user.token });
      return place;
    };
    let place = await begin();
    const came = [];
    const same = await leave(tab, to(elsewhere.url), async () => came.push(await user.hear("while they are away")));
    if (!same) place = await begin();
    came.push(await user.hear("when they are back"));
    await place.hears("messageReceived", came[1]);
    if (same) assert.deepEqual(place.told("messageReceived"), came);
    assert.deepEqual(await place.kept(), came);
    assert.equal(network.webSockets.open, 1);
    assert.deepEqual(tab.failures, []);
    await tab.page.close();
  });

  it("comes back to a device whose other tab has the session by then", async () => {
    const user = await world.user("back-to-others");
    const network = await world.network();
    const [one, two] = [await client(user, network), await client(user, network)];
    await one.login();
    await two.login();
    assert.deepEqual(network.webSockets, { open: 1, most: 1, made: 1 });
    const came = [];
    await away(one.tab, toSameOrigin, async () => {
      await until("the other one's socket", () => network.webSockets.open === 1 && network.webSockets.made === 2);
      came.push(await user.hear("to one of them"), await user.hear("to be removed"));
      await two.place.hears("messageReceived", came[1]);
      await user.remove(came[1]);
      await two.place.hears("messageRemoved", came[1]);
    });
    came.push(await user.hear("to both"));
    for (const { tab, place } of [one, two]) {
      await place.hears("messageReceived", came[2]);
      assert.deepEqual(place.told("messageReceived"), came);
      assert.deepEqual(place.told("messageRemoved"), [came[1]]);
      assert.deepEqual(await place.kept(), [came[0], came[2]]);
      assert.equal(place.events.all("disconnected").length, 0);
      assert.deepEqual(tab.failures, []);
    }
    assert.equal(network.webSockets.made, 2, "who comes back follows");
    await one.tab.page.close();
    await two.tab.page.close();
  });

  it("goes on with the login that it was put away in", async () => {
    const user = await world.user("back-to-login");
    const network = await world.network();
    const { tab, place } = await client(user, network);
    const release = network.holdSockets();
    await tab.page.evaluate((token) => {
      window.login = window.places.call("window", "login", [{ token }]);
    }, user.token);
    await until("the socket", () => network.webSockets.made === 1);
    await away(tab, to(elsewhere.url), release);
    assert.equal((await tab.page.evaluate(() => window.login)).error, undefined);
    const came = await user.hear("when it is back");
    await place.hears("messageReceived", came);
    assert.deepEqual([place.told("messageReceived"), network.webSockets.open], [[came], 1]);
    assert.deepEqual(tab.failures, []);
    await tab.page.close();
  });

  it("is frozen as the leader and thaws as a follower, and every event is told once", async () => {
    const user = await world.user("frozen");
    const network = await world.network();
    const [one, two] = [await client(user, network), await client(user, network)];
    await one.login();
    await two.login();
    // Visible pages are not frozen.
    await two.tab.page.bringToFront();
    assert.equal(await one.tab.page.evaluate(() => document.visibilityState), "hidden");
    const session = await context.newCDPSession(one.tab.page);
    const came = [];
    const hear = async (text, times) => {
      for (let time = 0; time < times; time += 1) came.push(await user.hear(`${text} ${time}`));
    };
    await hear("before", 3);
    await one.place.hears("messageReceived", came[0]);
    // In the middle of a burst, and removed from elsewhere meanwhile.
    const burst = hear("burst", 20);
    await session.send("Page.setWebLifecycleState", { state: "frozen" });
    await until("the other one's socket", () => network.webSockets.open === 1 && network.webSockets.made === 2);
    await burst;
    await two.place.hears("messageReceived", came.at(-1));
    await user.remove(came[1], came[10]);
    await two.place.hears("messageRemoved", came[10]);
    assert.ok(!one.place.told("messageRemoved").includes(came[10]), "a frozen page hears nothing");
    const thawing = hear("thawing", 10);
    await session.send("Page.setWebLifecycleState", { state: "active" });
    await thawing;
    for (const { tab, place } of [one, two]) {
      await place.hears("messageReceived", came.at(-1));
      await place.hears("messageRemoved", came[10]);
      assert.deepEqual(place.told("messageReceived"), came);
      assert.deepEqual(place.told("messageRemoved"), [came[1], came[10]]);
      assert.deepEqual(await place.kept(), came.filter((id) => id !== came[1] && id !== came[10]));
      assert.equal(place.events.all("disconnected").length, 0);
      assert.deepEqual(tab.failures, []);
    }
    assert.deepEqual([network.webSockets.open, network.webSockets.made], [1, 2], "who thaws follows");
    await two.tab.page.close();
    await until("the session is taken back", () => network.webSockets.open === 1 && network.webSockets.made === 3);
    came.push(await user.hear("to the last one"));
    await one.place.hears("messageReceived", came.at(-1));
    assert.deepEqual(one.place.told("messageReceived"), came);
    await one.tab.page.close();
  });

  it("is put away in the middle of a write, and comes back all the same", async () => {
    const user = await world.user("back-to-write");
    const network = await world.network();
    const [one, two] = [await client(user, network), await client(user, network)];
    await one.login();
    await two.login();
    const held = network.hold("GET", /stop-here/);
    const came = [];
    const goes = async (page) => {
      await page.evaluate(([url, next]) => window.stopInWrite(`${url}/stop-here`, next), [network.url, elsewhere.url]);
      const answered = page.waitForResponse((response) => response.url().startsWith(elsewhere.url));
      const there = page.waitForURL(`${elsewhere.url}/**`);
      came.push(await user.hear("this is being written"));
      await held.answered;
      await answered;
      held.release();
      await there;
    };
    await away(one.tab, goes, () => two.place.hears("messageReceived", came[0]));
    assert.equal(await one.tab.page.evaluate(() => window.cut[0]), true, "it was put away in a transaction");
    await one.place.hears("messageReceived", came[0]);
    for (const { tab, place } of [one, two]) {
      assert.deepEqual(place.told("messageReceived"), came);
      assert.deepEqual(await place.kept(), came);
      assert.deepEqual(tab.failures, []);
      await tab.page.close();
    }
  });

  it("is frozen in the middle of a write, and keeps no other tab from the copy", async () => {
    const user = await world.user("frozen-in-write");
    const network = await world.network();
    const [one, two] = [await client(user, network), await client(user, network)];
    await one.login();
    await two.login();
    await two.tab.page.bringToFront();
    const session = await context.newCDPSession(one.tab.page);
    const held = network.hold("GET", /stop-here/);
    await one.tab.page.evaluate((url) => window.stopInWrite(`${url}/stop-here`), network.url);
    const came = await user.hear("this is being written");
    await held.answered;
    await session.send("Page.setWebLifecycleState", { state: "frozen" });
    held.release();
    await two.place.hears("messageReceived", came);
    assert.deepEqual(await two.place.kept(), [came]);
    await session.send("Page.setWebLifecycleState", { state: "active" });
    await one.place.hears("messageReceived", came);
    assert.deepEqual(await one.tab.page.evaluate(() => window.cut), [true], "it was frozen in a transaction");
    assert.deepEqual(await one.place.kept(), [came]);
    for (const { tab, place } of [one, two]) {
      assert.deepEqual(place.told("messageReceived"), [came]);
      assert.deepEqual(tab.failures, []);
      await tab.page.close();
    }
  });
});

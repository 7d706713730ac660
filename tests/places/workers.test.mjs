// The package in windows, dedicated, shared and service workers: each by itself, and all as one device.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { BOB, World, until } from "./world.mjs";

const SCOPES = {
  window: "Window",
  dedicated: "DedicatedWorkerGlobalScope",
  shared: "SharedWorkerGlobalScope",
  service: "ServiceWorkerGlobalScope",
};

describe("the package", { timeout: 60_000 }, () => {
  let world;
  before(async () => {
    world = await World.open();
  });
  after(() => world.close());

  for (const kind of Object.keys(SCOPES)) {
    it(`runs in a ${kind === "window" ? "window" : `${kind} worker`}`, async () => {
      const user = await world.user(`in-${kind}`);
      const old = [await user.hear("one"), await user.hear("two"), await user.hear("three")];
      const network = await world.network();
      const tab = await world.tab(await world.context());
      const place = await tab.start(kind);
      const { scope, window, document } = await place.call("open", user.options(network, "here"));
      const [expected, there] = [SCOPES[kind], kind === "window" ? "object" : "undefined"];
      assert.deepEqual({ scope, window, document }, { scope: expected, window: there, document: there });

      await place.call("login", { token: user.token });
      const { messages } = await place.call("fetchHistoryMessages", BOB);
      assert.deepEqual(messages.map(({ id }) => id), old.toReversed());

      const live = [await user.hear("live"), await user.hear("live, to be removed")];
      await place.hears("messageReceived", live[1]);
      await user.remove(old[1], live[1]);
      await place.hears("messageRemoved", live[1]);
      // Queues are read in their order: whatever is told twice has been told before this.
      const last = await user.hear("last");
      await place.hears("messageReceived", last);
      assert.deepEqual(place.told("messageReceived"), [...live, last]);
      assert.deepEqual(place.told("messageRemoved"), [old[1], live[1]]);
      const kept = [old[0], old[2], live[0], last];
      assert.deepEqual(await place.kept(), kept);

      assert.deepEqual(network.webSockets, { open: 1, most: 1, made: 1 });
      await place.call("logout");
      await until("no socket is left", () => network.webSockets.open === 0);
      assert.deepEqual(await place.kept(), kept, "the local copy is readable without a login");
      await place.call("close");
      assert.deepEqual(tab.failures, []);
    });
  }

  it("shares one session and one copy between a window and workers of one device", async () => {
    const user = await world.user("in-all");
    const old = [await user.hear("one"), await user.hear("two")];
    const network = await world.network();
    const tab = await world.tab(await world.context());
    const places = [];
    for (const kind of Object.keys(SCOPES)) {
      const place = await tab.start(kind);
      await place.call("open", user.options(network, "one-device"));
      await place.call("login", { token: user.token });
      places.push(place);
    }
    const [window, worker, ...others] = places;
    await worker.call("fetchHistoryMessages", BOB);
    for (const place of places) assert.deepEqual(await place.kept(), old, place.name);

    const live = [await user.hear("for all of them"), await user.hear("to be removed")];
    for (const place of places) await place.hears("messageReceived", live[1]);
    await user.remove(live[1]);
    for (const place of places) await place.hears("messageRemoved", live[1]);
    live.push(await user.hear("last"));
    for (const place of places) {
      await place.hears("messageReceived", live[2]);
      assert.deepEqual(place.told("messageReceived"), live, place.name);
      assert.deepEqual(place.told("messageRemoved"), [live[1]], place.name);
      assert.deepEqual(await place.kept(), [...old, live[0], live[2]], place.name);
    }
    assert.deepEqual(network.webSockets, { open: 1, most: 1, made: 1 });

    // The window came first and has the session: a worker takes it over.
    await window.call("logout");
    await until("a worker's own socket", () => network.webSockets.made === 2 && network.webSockets.open === 1);
    live.push(await user.hear("when the window is gone"));
    for (const place of [worker, ...others]) {
      await place.hears("messageReceived", live[3]);
      assert.deepEqual(place.told("messageReceived"), live, place.name);
    }
    assert.ok(!window.told("messageReceived").includes(live[3]));
    assert.deepEqual([network.webSockets.open, network.webSockets.made], [1, 2]);
    for (const place of places) await place.call("close");
    await until("no socket is left", () => network.webSockets.open === 0);
    assert.deepEqual(tab.failures, []);
  });
});

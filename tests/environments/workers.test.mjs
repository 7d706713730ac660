// The package in a window and in dedicated, shared and service workers: each alone, and all as one device.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { waitUntil } from "../support/wait.mjs";
import { BOB, Fixture } from "./fixture.mjs";

const SCOPES = {
  window: "Window",
  dedicated: "DedicatedWorkerGlobalScope",
  shared: "SharedWorkerGlobalScope",
  service: "ServiceWorkerGlobalScope",
};

describe("the package", { timeout: 60_000 }, () => {
  let fixture;
  before(async () => {
    fixture = await Fixture.open();
  });
  after(() => fixture.close());

  for (const kind of Object.keys(SCOPES)) {
    it(`runs in a ${kind === "window" ? "window" : `${kind} worker`}`, async () => {
      const user = await fixture.user(`in-${kind}`);
      const old = [await user.sendFromBob("one"), await user.sendFromBob("two"), await user.sendFromBob("three")];
      const network = await fixture.network();
      const tab = await fixture.tab(await fixture.context());
      const environment = await tab.start(kind);
      const { scope, window, document } = await environment.call("open", user.options(network, "here"));
      const type = kind === "window" ? "object" : "undefined";
      assert.deepEqual({ scope, window, document }, { scope: SCOPES[kind], window: type, document: type });

      await environment.call("login", { token: user.token });
      const { messages } = await environment.call("fetchHistoryMessages", BOB);
      assert.deepEqual(messages.map(({ id }) => id), old.toReversed());

      const live = [await user.sendFromBob("live"), await user.sendFromBob("live, to be removed")];
      await environment.waitForEvent("messageReceived", live[1]);
      await user.remove(old[1], live[1]);
      await environment.waitForEvent("messageRemoved", live[1]);
      // The client reads queues in order, so a repeated event would arrive before this message.
      const last = await user.sendFromBob("last");
      await environment.waitForEvent("messageReceived", last);
      assert.deepEqual(environment.idsOf("messageReceived"), [...live, last]);
      assert.deepEqual(environment.idsOf("messageRemoved"), [old[1], live[1]]);
      const left = [old[0], old[2], live[0], last];
      assert.deepEqual(await environment.localIds(), left);

      assert.deepEqual(network.webSockets, { open: 1, maxOpen: 1, total: 1 });
      await environment.call("logout");
      await waitUntil("all sockets are closed", () => network.webSockets.open === 0);
      assert.deepEqual(await environment.localIds(), left, "the local copy after logout");
      await environment.call("close");
      assert.deepEqual(tab.failures, []);
    });
  }

  it("shares one session and one local copy among a window and workers of one device", async () => {
    const user = await fixture.user("in-all");
    const old = [await user.sendFromBob("one"), await user.sendFromBob("two")];
    const network = await fixture.network();
    const tab = await fixture.tab(await fixture.context());
    const environments = [];
    for (const kind of Object.keys(SCOPES)) {
      const environment = await tab.start(kind);
      await environment.call("open", user.options(network, "one-device"));
      await environment.call("login", { token: user.token });
      environments.push(environment);
    }
    const [window, worker, ...others] = environments;
    await worker.call("fetchHistoryMessages", BOB);
    for (const environment of environments) assert.deepEqual(await environment.localIds(), old, environment.name);

    const live = [await user.sendFromBob("to all"), await user.sendFromBob("to be removed")];
    for (const environment of environments) await environment.waitForEvent("messageReceived", live[1]);
    await user.remove(live[1]);
    for (const environment of environments) await environment.waitForEvent("messageRemoved", live[1]);
    live.push(await user.sendFromBob("last"));
    for (const environment of environments) {
      await environment.waitForEvent("messageReceived", live[2]);
      assert.deepEqual(environment.idsOf("messageReceived"), live, environment.name);
      assert.deepEqual(environment.idsOf("messageRemoved"), [live[1]], environment.name);
      assert.deepEqual(await environment.localIds(), [...old, live[0], live[2]], environment.name);
    }
    assert.deepEqual(network.webSockets, { open: 1, maxOpen: 1, total: 1 });

    // The window logged in first, so it holds the session. After its logout a worker takes over.
    await window.call("logout");
    await waitUntil("a worker opens a socket", () => network.webSockets.total === 2 && network.webSockets.open === 1);
    live.push(await user.sendFromBob("after the window's logout"));
    for (const environment of [worker, ...others]) {
      await environment.waitForEvent("messageReceived", live[3]);
      assert.deepEqual(environment.idsOf("messageReceived"), live, environment.name);
    }
    assert.ok(!window.idsOf("messageReceived").includes(live[3]));
    assert.deepEqual([network.webSockets.open, network.webSockets.total], [1, 2]);
    for (const environment of environments) await environment.call("close");
    await waitUntil("all sockets are closed", () => network.webSockets.open === 0);
    assert.deepEqual(tab.failures, []);
  });
});

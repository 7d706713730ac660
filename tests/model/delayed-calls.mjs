// Calls whose answer the server has sent but the network holds back until a later step.

import assert from "node:assert/strict";

import { withTimeout } from "../support/wait.mjs";
import { DeviceSnapshot, checkMessages } from "./checks.mjs";
import { removalKey } from "./device.mjs";

/** The most answers held back for one device. A browser has six connections per host, and other calls need some. */
const MAX_HELD = 3;
const REQUESTS = {
  page: ["POST", /\/messageroaming$/],
  removal: ["DELETE", /\/message\/roaming\//],
  list: ["GET", /\/user_channels\/list/],
};

export class DelayedCalls {
  /** `{ kind, device, tab, generation, conversation, options, held, finish, answeredAt, broken?, loggedOut? }` */
  #pending = [];

  pick(random) {
    return random.pick(this.#pending);
  }

  /** Makes a call and waits until the server has answered. Resolves with a description, or undefined if it made none. */
  async start(kind, tab, conversation, method, options) {
    if (!tab || this.#pending.filter(({ device }) => device === tab.device).length >= MAX_HELD) return;
    const { device, generation } = tab;
    const held = device.network.hold(...REQUESTS[kind]);
    const finish = await tab.startCall(method, options);
    await withTimeout(held.answered, `${tab}: the answer to ${method}`);
    this.#pending.push({ kind, device, tab, generation, conversation, options, held, finish, answeredAt: Date.now() });
    return `${tab} ${JSON.stringify(options)}`;
  }

  /** Delivers the answer of a call and checks the outcome. */
  async deliver(call) {
    this.#pending.splice(this.#pending.indexOf(call), 1);
    const { kind, device, tab, generation, conversation, options, held, finish } = call;
    const description = `${tab} ${kind} ${JSON.stringify(options)}`;
    const snapshot = new DeviceSnapshot(device);
    held.release();
    if (generation !== tab.generation) return `${description}, after the page was unloaded`;
    const { value, error } = await finish();
    if (error) {
      // Logout ends a call. A page that a change overtook is fetched again, which fails without a session.
      const loggedOut = call.loggedOut && /needs a session|ended by logout/.test(error.message);
      assert.ok(call.broken || loggedOut, `${description}: ${error.message}`);
      return `${description}, ${loggedOut ? "logged out" : "broken"}`;
    }
    // A browser repeats a request whose connection broke, so this answer may be older than the snapshot.
    if (kind === "page" && !call.broken) checkMessages(snapshot, conversation, value.messages, `${tab}: a delayed page`);
    if (kind === "removal") {
      // The server removed only messages that existed when it answered, even if `time` is in the future.
      const time = options.time && Math.min(options.time, call.answeredAt);
      device.recordRemoval(conversation, { ...options, time }, tab);
    }
    return description;
  }

  /** Notes that a tab logs out. */
  markLoggedOut(tab) {
    for (const call of this.#pending.filter((call) => call.tab === tab)) call.loggedOut = true;
  }

  /** Delivers all answers, or only those of removals, without which the devices cannot settle. */
  async deliverAll(everything) {
    for (const call of [...this.#pending]) if (everything || call.kind === "removal") await this.deliver(call);
  }

  /** Notes that the device's connections break. */
  markBroken(device) {
    for (const call of this.#pending.filter((call) => call.device === device)) {
      call.broken = true;
      if (call.kind === "removal") device.fixture.repeatedRemovals.add(removalKey(call.conversation, call.options));
    }
  }
}

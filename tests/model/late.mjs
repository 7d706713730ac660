// Calls that the server has answered, and whose answers arrive at some later step.

import assert from "node:assert/strict";

import { within } from "./device.mjs";
import { Lag, checkShown } from "./promises.mjs";
import { keyOf } from "./truth.mjs";

/** A browser has six connections for a host, and other calls need some. */
const MAX_HELD = 3;
const REQUESTS = {
  page: ["POST", /\/messageroaming$/],
  removal: ["DELETE", /\/message\/roaming\//],
  list: ["GET", /\/user_channels\/list/],
};

export class Late {
  /** `{ kind, device, tab, generation, conversation, options, held, finish, at, broken? }` */
  #flying = [];

  /** Whether something is on its way that may hold that conversation (null: any). */
  holds(conversation, kind) {
    const about = (one) => !one.conversation || !conversation || keyOf(one.conversation) === keyOf(conversation);
    return this.#flying.some((one) => one.kind === kind && about(one));
  }

  any(random) {
    return random.pick(this.#flying);
  }

  /** Makes a call and waits until the server has answered it. Resolves with what it was. */
  async begin(kind, tab, conversation, method, options) {
    if (!tab || this.#flying.filter(({ device }) => device === tab.device).length >= MAX_HELD) return;
    const { device, generation } = tab;
    const held = device.network.hold(...REQUESTS[kind]);
    const finish = await tab.begin(method, options);
    await within(held.answered, `${tab}: the answer to ${method}`);
    this.#flying.push({ kind, device, tab, generation, conversation, options, held, finish, at: Date.now() });
    return `${tab} ${JSON.stringify(options)}`;
  }

  /** Lets one arrive, and looks at what came of it. */
  async land(one) {
    this.#flying.splice(this.#flying.indexOf(one), 1);
    const { kind, device, tab, generation, conversation, options, held, finish } = one;
    const what = `${tab} ${kind} ${JSON.stringify(options)}`;
    const lag = new Lag(device);
    held.release();
    if (generation !== tab.generation) return `${what}, to nobody`;
    const { value, error } = await finish();
    if (error) {
      // Logging out ends it, and a page that was overtaken is asked for again, which takes a session.
      const out = one.loggedOut && /needs a session|ended by logout/.test(error.message);
      assert.ok(one.broken || out, `${what}: ${error.message}`);
      return `${what}, ${out ? "logged out" : "broken"}`;
    }
    // A browser sends a request again whose connection broke: this answer may have been there for long.
    if (kind === "page" && !one.broken) checkShown(lag, conversation, value.messages, `${tab}: a late page`);
    if (kind === "removal") {
      // Not more than was there when the server did it.
      device.apply(conversation, { ...options, time: options.time && Math.min(options.time, one.at) }, tab);
    }
    return what;
  }

  /** A tab logs out. */
  loggedOut(tab) {
    for (const one of this.#flying.filter((one) => one.tab === tab)) one.loggedOut = true;
  }

  /** Everything arrives, or only the removals: nothing is quiet before. */
  async landAll(everything) {
    for (const one of [...this.#flying]) if (everything || one.kind === "removal") await this.land(one);
  }

  /** The device's connections break. */
  async break(device) {
    for (const one of this.#flying.filter((one) => one.device === device)) {
      one.broken = true;
      const { kind, conversation, options } = one;
      if (kind === "removal") device.world.asked.add(`removal ${keyOf(conversation)} ${options.msgIdList ?? ""} ${options.time ?? ""}`);
    }
  }
}

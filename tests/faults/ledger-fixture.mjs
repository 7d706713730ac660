// A model fixture that records what the server did and which events the tabs received.

import { Fixture } from "../model/fixture.mjs";
import { Network } from "../support/network.mjs";
import { Random } from "../support/random.mjs";
import { FaultInjector } from "./fault-injector.mjs";
import { Ledger } from "./ledger.mjs";

/** The users who send messages. All fixtures share them. */
const PEERS = ["bob"];

export class LedgerFixture extends Fixture {
  /** The ledger counts repeated removals, so the devices need not. */
  repeatedRemovals = { has: () => true };

  /**
   * Creates `user` on shared resources for which `prepare` was called. `log` is called with a line for each event.
   * `onRequest` can be passed to a `FaultInjector`, so that the ledger records the requests of its device.
   */
  static async open({ shared, user, random, log }) {
    let ledger;
    const onRequest = (request) => {
      const startedAt = ledger.now();
      return () => ledger.recordRequest(request, startedAt);
    };
    // The ledger must see the requests of the device "elsewhere", too. No faults are injected there.
    const elsewhere = await Network.open(shared.server.url, new FaultInjector(new Random(0), {}, () => {}, onRequest));
    const fixture = await super.open({ shared, user, peers: PEERS, serviceUrl: elsewhere.url });
    ledger = new Ledger(fixture.conversations);
    return Object.assign(fixture, { ledger, random, log, onRequest, elsewhere });
  }

  /** Creates the users whom all fixtures share. */
  static prepare(shared) {
    return shared.appRest.createUsers(...PEERS);
  }

  async send(conversation, ...message) {
    const startedAt = this.ledger.now();
    const id = await super.send(conversation, ...message);
    this.ledger.recordMessage(id, startedAt);
    return id;
  }

  /** Waits until every tab has received each event exactly once. Rejects with the differences. */
  async checkEvents(device, milliseconds) {
    const isVisible = (id) => this.serverState.isVisible(id);
    const differences = () => device.tabs.flatMap((tab) => this.ledger.differences(tab, isVisible));
    await device.waitUntil("the last event", () => differences().length === 0, milliseconds).catch(() => {});
    if (differences().length > 0) throw new Error(differences().join("\n"));
  }

  async close() {
    await super.close({ end: () => this.elsewhere.close() });
  }
}

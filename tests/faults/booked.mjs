// A world of which a ledger is kept.

import { Network } from "../model/network.mjs";
import { Random } from "../model/random.mjs";
import { World } from "../model/world.mjs";
import { Ledger } from "./ledger.mjs";
import { Faults } from "./proxy.mjs";

/** Who writes to every user. */
const PEERS = ["bob"];

export class Booked extends World {
  /** What was done twice is told twice: the ledger knows. */
  asked = { has: () => true };

  /** For the next user of a ground that was `prepared`. `log` hears of everything. */
  static async open({ ground, user, random, log }) {
    const books = {};
    const asked = (request) => {
      const begun = books.ledger.now();
      return () => books.ledger.acted(request, begun);
    };
    // What is done elsewhere is seen on a network, too; nothing happens to it there.
    const elsewhere = await Network.open(ground.server.url, new Faults(new Random(0), {}, () => {}, asked));
    const world = await super.open({ ground, user, peers: PEERS, serviceUrl: elsewhere.url });
    books.ledger = new Ledger(world.conversations);
    return Object.assign(world, { ledger: books.ledger, random, log, asking: asked, elsewhere });
  }

  /** Those who write are there. */
  static prepare(ground) {
    return ground.admin.createUsers(...PEERS);
  }

  /** Said before any device was there: only pages bring it. */
  async before(count) {
    for (const conversation of this.conversations) {
      for (let at = count; at > 0; at -= 1) await this.send(conversation, this.writers(conversation)[0], "txt", `before ${at}`);
    }
    await this.truth.refresh();
    this.truth.fresh.clear();
  }

  async send(conversation, ...message) {
    const begun = this.ledger.now();
    const id = await super.send(conversation, ...message);
    this.ledger.sent(id, begun);
    return id;
  }

  /** Until every tab was told of everything exactly once, or an error that says what is wrong. */
  async told(device, milliseconds) {
    const differences = () => device.tabs.flatMap((tab) => this.ledger.differences(tab, (id) => this.truth.isVisible(id)));
    await device.until("the last event", () => differences().length === 0, milliseconds).catch(() => {});
    if (differences().length > 0) throw new Error(differences().join("\n"));
  }

  async close() {
    await super.close({ end: () => this.elsewhere.close() });
  }
}

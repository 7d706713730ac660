// A server, the user's devices, those who write to the user, and the moment when all is quiet.

import { Device as Official } from "../interop/world.mjs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

import { admin } from "../support/admin.mjs";
import { launchChromium } from "../support/chromium.mjs";
import { startServer } from "../support/server.mjs";
import { serveStatic } from "../support/static.mjs";
import { Device, MOUNTS, within } from "./device.mjs";
import { Lag, checkList, checkNewsInList, checkReading, checkWhole } from "./promises.mjs";
import { Service } from "./service.mjs";
import { Truth, keyOf } from "./truth.mjs";

/** The server's ids hold the time of sending, in milliseconds since 2010. */
const timeOf = (id) => Number(BigInt(id) >> 22n) + Date.UTC(2010, 0, 1);

const PEERS = ["bob", "carol", "dave"];

/** What worlds may have in common: a server, the page's files, and a browser, unless the test brings its own. */
export class Ground {
  static async lay({ browser = true, args } = {}) {
    const ground = new Ground();
    ground.server = await startServer({ args });
    const sdk = dirname(createRequire(import.meta.url).resolve("easemob-websdk/Easemob-chat.js"));
    const official = fileURLToPath(new URL("../interop/", import.meta.url));
    ground.files = await serveStatic({ ...MOUNTS, "/sdk/": sdk, "/page/": official });
    if (browser) ground.browser = await launchChromium();
    ground.admin = await admin(ground.server.url);
    return ground;
  }

  /** What is to be done at the end, whatever came before. */
  ends() {
    return [() => this.browser?.close(), () => this.files.close(), () => this.server.stop()];
  }
}

export class World {
  requestTimeoutMs = 120_000;
  devices = [];
  /** Conversations that were deleted, with what they held and when. */
  deletions = [];
  /** Removals that a browser may have asked for twice, since the connection broke: there are two notices of them. */
  asked = new Set();
  #markers = 0;

  /**
   * On a ground of its own, unless one is given. `serviceUrl`: where the user's device "elsewhere" finds the server.
   * @param {{ browser?: boolean, ground?: Ground, user?: string, peers?: string[], serviceUrl?: string }} options
   */
  static async open({ browser = true, ground, user = "alice", peers = PEERS, serviceUrl } = {}) {
    const world = new this();
    world.own = !ground;
    world.ground = ground ?? (await Ground.lay({ browser }));
    const { server, files, admin } = world.ground;
    Object.assign(world, { server, files, admin, browser: world.ground.browser, user, peers });
    await admin.createUsers(user, ...(world.own ? peers : []));
    const group = await admin.createGroup(peers[0], [user, ...peers.slice(1)]);
    world.token = await admin.userToken(user);
    world.service = new Service(serviceUrl ?? server.url, user, world.token);
    world.conversations = peers.map((conversationId) => ({ conversationId, conversationType: "singleChat" }));
    world.conversations.push({ conversationId: group, conversationType: "groupChat" });
    world.truth = new Truth(world.service, world.conversations);
    return world;
  }

  /** Whatever state a failed test left it in. `more` has an `end` of its own. */
  async close(more) {
    const ends = [() => more?.end(), ...this.devices.map((device) => () => device.close())];
    if (this.own) ends.push(...this.ground.ends());
    for (const end of ends) await within(Promise.resolve(end()), "the end").catch((error) => console.error(error.message));
  }

  /** A new device; its tabs are opened by the test. */
  async device(name, context, faults) {
    const device = await Device.open(name, this, context, faults);
    this.devices.push(device);
    return device;
  }

  /** One of those who write, with the service's own client: it can edit. */
  async official(user) {
    const device = await Official.open(this.browser, this.files.url, this.server, user);
    await device.login();
    return device;
  }

  /** Someone writes to the user. Resolves with the id. */
  async send(conversation, from, type, text, extra = {}) {
    const group = conversation.conversationType === "groupChat";
    const body = { txt: { msg: text }, custom: { customEvent: text }, cmd: { action: text } }[type];
    const [path, to] = group ? ["chatgroups", conversation.conversationId] : ["users", this.user];
    const { data } = await this.admin.call("POST", `/messages/${path}`, { from, to: [to], type, body, ...extra });
    const id = String(data[to]);
    const timestamp = extra.msg_timestamp ?? timeOf(id);
    this.truth.sent(conversation, { id, timestamp, from, said: `${type}:${text}` });
    return id;
  }

  /** Who may write in a conversation. */
  writers({ conversationId, conversationType }) {
    return conversationType === "groupChat" ? this.peers : [conversationId];
  }

  /**
   * Deletes conversations by `run`, and remembers what that was, so that an event of it is known for it.
   * @param {string} by the device that does it
   */
  async deleting(by, conversations, withMessages, run) {
    const held = conversations.map((conversation) => this.truth.visible(conversation).map(({ id }) => id));
    const from = Date.now();
    const done = await run();
    const to = Date.now();
    conversations.forEach((conversation, at) => {
      const ids = withMessages ? held[at] : [];
      this.deletions.push({ by, key: keyOf(conversation), ids, from, to });
      this.truth.changed(conversation);
    });
    await this.nextMillisecond();
    return { done, ids: held.flat() };
  }

  /** What is sent in the very millisecond of a removal counts as removed with it (documented). */
  async nextMillisecond() {
    for (const now = Date.now(); Date.now() <= now + 1; ) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  /**
   * Reads every tab's copy and holds it against the server. `how` says how to walk a conversation.
   * @param {object[]} conversations the ones to look at; the list is always looked at
   */
  async check(how, { quiet = false, conversations = this.conversations } = {}) {
    await this.truth.refresh();
    const tabs = this.devices.flatMap(({ tabs }) => tabs);
    const read = tabs.map(async (tab) => {
      const asked = conversations.map((conversation) => ({ conversation, how: how(conversation) }));
      const lag = new Lag(tab.device, quiet);
      const start = Date.now();
      for (;;) {
        const reading = await tab.read(asked);
        try {
          return checkReading(lag, asked, reading, `${tab}${quiet ? ", all quiet" : ""}`);
        } catch (error) {
          // A call whose answer was lost is looked into in the background; until then no page is called complete.
          const doubted = quiet && reading.histories.flat().some(({ complete }) => !complete);
          if (!doubted || Date.now() - start > COMPARED_MS) throw error;
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      }
    });
    await Promise.all(read);
    this.devices.forEach((device) => this.violated(device));
  }

  violated(device) {
    if (device.violations.length > 0) throw new Error(device.violations.join("\n"));
  }

  /** Every device has a session, and has heard everything there is to hear, these markers last. */
  async settle() {
    for (const device of this.devices) await this.#connect(device);
    const markers = [];
    for (const conversation of this.conversations) {
      const from = this.writers(conversation)[0];
      markers.push(await this.send(conversation, from, "txt", `marker ${(this.#markers += 1)}`));
    }
    const heard = (device) => markers.every((id) => device.told.has(id));
    await Promise.all(this.devices.map((device) => device.until("markers", () => heard(device))));
    // Each queue is read in its order; notices have a queue of their own.
    const [first] = this.conversations;
    await this.service.remove("elsewhere", first, { msgIdList: [markers[0]] });
    this.truth.changed(first);
    await Promise.all(this.devices.map((device) => device.until("a notice", () => device.heardOf(markers[0]))));
    await this.truth.refresh();
    return markers;
  }

  async #connect(device) {
    device.network.online = true;
    for (const tab of device.tabs) {
      if (tab.page.isClosed()) await tab.load();
      if (!tab.wantsSession) await tab.login();
    }
    const anyConnected = async () => {
      for (const tab of device.tabs) if (await tab.isConnected()) return true;
      return false;
    };
    // It comes back by itself, but may wait long after many cuts: then the person logs in again.
    for (let tries = 0; tries < 10; tries += 1) {
      if (await anyConnected()) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await device.tabs[0].login();
  }

  /** Nothing is pending: the copy is exactly the server's, where it says that it is complete. */
  async quiet(how) {
    await this.settle();
    const unheard = (device) => [...this.truth.fresh].filter((id) => this.truth.isVisible(id) && !device.told.has(id));
    for (const device of this.devices) {
      const lost = device.disturbed ? [] : unheard(device);
      if (lost.length > 0) throw new Error(`${device.name}: never told of ${lost}`);
      const gone = [...this.truth.messages.keys()].filter((id) => !this.truth.isVisible(id));
      device.tick += 1;
      device.apply(this.conversations[0], { msgIdList: gone });
      device.disturbed = false;
    }
    await this.check(how, { quiet: true });
    await this.#lists();
    this.truth.fresh.clear();
    this.truth.edited.clear();
  }

  async #lists() {
    const random = this.random;
    const includeEmpty = random.chance(0.5);
    const pageSize = random.pick([1, 2, 3, 50]);
    const theirs = await this.service.list(includeEmpty);
    for (const device of this.devices) {
      const tab = random.pick(device.tabs);
      const before = await tab.read([]);
      checkNewsInList(device, theirs, before.conversations, `${tab}`);
      let cursor;
      do {
        const options = { pageSize, includeEmpty, ...(cursor && { cursor }) };
        ({ cursor } = await tab.call("fetchConversationsFromServer", options));
      } while (cursor);
      for (const other of device.tabs) {
        const { conversations } = await other.read([]);
        checkList(theirs, conversations, `${other}, all quiet, the list walked by ${pageSize}`);
      }
    }
  }

  /** A walk over all of the server's pages leaves nothing unknown. */
  async walkWhole(tab, how) {
    await this.truth.refresh();
    for (const conversation of this.conversations) {
      const { pageSize, searchDirection } = how(conversation);
      let startMsgId;
      for (let page = {}; !page.isLast; ) {
        const options = { ...conversation, pageSize, searchDirection, ...(startMsgId && { startMsgId }) };
        page = await tab.call("fetchHistoryMessages", options);
        startMsgId = page.cursor;
      }
      for (const reader of tab.device.tabs) {
        for (const searchDirection of ["up", "down"]) {
          const asked = [{ conversation, how: { pageSize, searchDirection } }];
          const histories = await settled(reader, asked);
          checkWhole(this.truth, conversation, histories[0], `${reader}: ${keyOf(conversation)} ${searchDirection}`);
        }
      }
    }
  }
}

/** How long a comparison in the background may take. */
const COMPARED_MS = 20_000;

/** What a tab reads once nothing of it is doubted any longer: a call whose answer was lost is looked into by itself. */
async function settled(tab, asked) {
  const start = Date.now();
  for (;;) {
    const { histories } = await tab.read(asked);
    if (histories.flat().every(({ complete }) => complete) || Date.now() - start > COMPARED_MS) return histories;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

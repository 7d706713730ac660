// The environment of a model test: a server, the user's devices, other users who send messages, and checks that compare
// every local copy with the server.

import { setTimeout as sleep } from "node:timers/promises";

import { appRest } from "../support/app-rest.mjs";
import { launchChromium } from "../support/chromium.mjs";
import { conversationKey } from "../support/conversations.mjs";
import { OFFICIAL_MOUNTS, OfficialClient } from "../support/official-client.mjs";
import { startServer } from "../support/server.mjs";
import { serveStatic } from "../support/static.mjs";
import { UserRest } from "../support/user-rest.mjs";
import { withTimeout } from "../support/wait.mjs";
import { DeviceSnapshot, checkLastMessages, checkList, checkReading, checkWholeHistory, differingUnreadCounts } from "./checks.mjs";
import { Device, MOUNTS } from "./device.mjs";
import { ServerState } from "./server-state.mjs";

/** Decodes the time of sending from a message id: milliseconds since 2010, above the lowest 22 bits. */
const timestampOf = (id) => Number(BigInt(id) >> 22n) + Date.UTC(2010, 0, 1);

const PEERS = ["bob", "carol", "dave"];
/** The time limit for a reconciliation: the comparison with the server after a call whose answer was lost. */
const RECONCILIATION_MS = 20_000;

/** A server, the files of the pages, and a browser, which several fixtures can share. */
export class SharedResources {
  static async start({ browser = true, args } = {}) {
    const shared = new SharedResources();
    shared.server = await startServer({ args });
    shared.files = await serveStatic({ ...MOUNTS, ...OFFICIAL_MOUNTS });
    if (browser) shared.browser = await launchChromium();
    shared.appRest = await appRest(shared.server.url);
    return shared;
  }

  /** Functions that stop everything. Each must run, even if another one failed. */
  cleanups() {
    return [() => this.browser?.close(), () => this.files.close(), () => this.server.stop()];
  }
}

export class Fixture {
  requestTimeoutMs = 120_000;
  /** Whether the unread counts must be the server's when all devices have settled. */
  checksUnreadCounts = false;
  devices = [];
  /** Deletions of conversations: `{ by, key, ids, from, to }`. */
  deletions = [];
  /** Keys of removals that a browser may have sent twice after its connection broke. They cause two events. */
  repeatedRemovals = new Set();
  #markers = 0;

  /**
   * Uses `shared`, which the caller stops, or starts resources of its own. `serviceUrl` is the address at which the
   * user's other device, "elsewhere", calls the server.
   * @param {{ browser?: boolean, shared?: SharedResources, user?: string, peers?: string[], serviceUrl?: string }} options
   */
  static async open({ browser = true, shared, user = "alice", peers = PEERS, serviceUrl } = {}) {
    const fixture = new this();
    fixture.ownsShared = !shared;
    fixture.shared = shared ?? (await SharedResources.start({ browser }));
    const { server, files, appRest } = fixture.shared;
    Object.assign(fixture, { server, files, appRest, browser: fixture.shared.browser, user, peers });
    await appRest.createUsers(user, ...(fixture.ownsShared ? peers : []));
    const group = await appRest.createGroup(peers[0], [user, ...peers.slice(1)]);
    fixture.token = await appRest.userToken(user);
    fixture.userRest = new UserRest(serviceUrl ?? server.url, user, fixture.token);
    fixture.conversations = peers.map((conversationId) => ({ conversationId, conversationType: "singleChat" }));
    fixture.conversations.push({ conversationId: group, conversationType: "groupChat" });
    fixture.serverState = new ServerState(fixture.userRest, fixture.conversations);
    return fixture;
  }

  /** Stops everything, even after a failed test. `more` may have another `end` function. */
  async close(more) {
    const cleanups = [() => more?.end(), ...this.devices.map((device) => () => device.close())];
    if (this.ownsShared) cleanups.push(...this.shared.cleanups());
    for (const cleanup of cleanups) {
      await withTimeout(Promise.resolve(cleanup()), "cleaning up").catch((error) => console.error(error.message));
    }
  }

  /** Adds a device of the user. The test opens its tabs. */
  async device(name, context, faults) {
    const device = await Device.open(name, this, context, faults);
    this.devices.push(device);
    return device;
  }

  /** Logs a user in with the official client, which can edit messages. */
  async officialClient(user) {
    const client = await OfficialClient.open(this.browser, this.files.url, this.server, user);
    await client.login();
    return client;
  }

  /** Another device of the user, which runs the official client, reads a conversation. */
  async readElsewhere({ conversationId, conversationType }) {
    this.reader ??= await this.officialClient(this.user);
    await this.reader.send({ type: "channel", chatType: conversationType, to: conversationId });
  }

  /** Sends a message to the user. Resolves with its id. */
  async send(conversation, from, type, text, extra = {}) {
    const group = conversation.conversationType === "groupChat";
    const body = { txt: { msg: text }, custom: { customEvent: text }, cmd: { action: text } }[type];
    const [path, to] = group ? ["chatgroups", conversation.conversationId] : ["users", this.user];
    const { data } = await this.appRest.call("POST", `/messages/${path}`, { from, to: [to], type, body, ...extra });
    const id = String(data[to]);
    const timestamp = extra.msg_timestamp ?? timestampOf(id);
    this.serverState.recordSent(conversation, { id, timestamp, from, content: `${type}:${text}` });
    return id;
  }

  /** The users who can send messages in a conversation. */
  senders({ conversationId, conversationType }) {
    return conversationType === "groupChat" ? this.peers : [conversationId];
  }

  /** Sends messages that devices can only get by fetching, because no device exists yet. `counts` are per conversation. */
  async sendBeforeDevices(counts) {
    for (const [i, conversation] of this.conversations.entries()) {
      for (let left = counts[i]; left > 0; left -= 1) {
        await this.send(conversation, this.senders(conversation)[0], "txt", `before ${left}`);
      }
    }
    await this.ignoreUnsettled();
  }

  /** Refreshes the server's state and treats all messages so far as old: no device is expected to receive them. */
  async ignoreUnsettled() {
    await this.serverState.refresh();
    this.serverState.unsettled.clear();
  }

  /**
   * Deletes conversations by `run` and records the deletion, so that its event can be recognized.
   * @param {string} by the name of the device that deletes
   */
  async recordDeletion(by, conversations, withMessages, run) {
    const visible = conversations.map((conversation) => this.serverState.visible(conversation).map(({ id }) => id));
    const from = Date.now();
    await run();
    const to = Date.now();
    conversations.forEach((conversation, i) => {
      const ids = withMessages ? visible[i] : [];
      this.deletions.push({ by, key: conversationKey(conversation), ids, from, to });
      this.serverState.invalidate(conversation);
    });
    await this.nextMillisecond();
    return visible.flat();
  }

  /** Waits, because a message sent in the same millisecond as a removal counts as removed (docs/local-copy.md). */
  async nextMillisecond() {
    for (const now = Date.now(); Date.now() <= now + 1; ) await sleep(1);
  }

  /**
   * Reads every tab's local copy and compares it with the server's state.
   * @param {(conversation: object) => { pageSize: number, searchDirection: string }} chooseWalk
   * @param {{ settled?: boolean, conversations?: object[] }} options the conversations to read, besides the list
   */
  async check(chooseWalk, { settled = false, conversations = this.conversations } = {}) {
    await this.serverState.refresh();
    const tabs = this.devices.flatMap(({ tabs }) => tabs);
    const checks = tabs.map(async (tab) => {
      const requests = conversations.map((conversation) => ({ conversation, walk: chooseWalk(conversation) }));
      const snapshot = new DeviceSnapshot(tab.device, settled);
      const start = Date.now();
      for (;;) {
        const reading = await tab.read(requests);
        try {
          return checkReading(snapshot, requests, reading, `${tab}${settled ? ", settled" : ""}`);
        } catch (error) {
          // Until the reconciliation after a lost answer is done, the copy reports pages as incomplete.
          const reconciling = settled && reading.histories.flat().some(({ complete }) => !complete);
          if (!reconciling || Date.now() - start > RECONCILIATION_MS) throw error;
          await sleep(50);
        }
      }
    });
    await Promise.all(checks);
    this.devices.forEach((device) => this.checkViolations(device));
  }

  checkViolations(device) {
    if (device.violations.length > 0) throw new Error(device.violations.join("\n"));
  }

  /** Waits until every device has a session and has received everything. Messages sent as markers arrive last. */
  async settle() {
    for (const device of this.devices) await this.#connect(device);
    const markers = [];
    for (const conversation of this.conversations) {
      const from = this.senders(conversation)[0];
      markers.push(await this.send(conversation, from, "txt", `marker ${(this.#markers += 1)}`));
    }
    const receivedAll = (device) => markers.every((id) => device.receivedAt.has(id));
    await Promise.all(this.devices.map((device) => device.waitUntil("markers", () => receivedAll(device))));
    // Notices have a queue of their own, so they need a marker as well.
    const [first] = this.conversations;
    await this.userRest.remove("elsewhere", first, { msgIdList: [markers[0]] });
    this.serverState.invalidate(first);
    const noticed = (device) => device.waitUntil("a notice", () => device.knowsRemovalOf(markers[0]));
    await Promise.all(this.devices.map(noticed));
    await this.serverState.refresh();
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
    // The client reconnects by itself. After many failures its backoff is long, so the test logs in again.
    for (let attempt = 0; attempt < 10; attempt += 1) {
      if (await anyConnected()) return;
      await sleep(100);
    }
    await device.tabs[0].login();
  }

  /** Settles all devices and checks that each copy equals the server's history wherever it reports itself as complete. */
  async settleAndCheck(chooseWalk) {
    await this.settle();
    const missed = (device) =>
      [...this.serverState.unsettled].filter((id) => this.serverState.isVisible(id) && !device.receivedAt.has(id));
    for (const device of this.devices) {
      const lost = device.mayHaveLostEvents ? [] : missed(device);
      if (lost.length > 0) throw new Error(`${device.name}: never received ${lost}`);
      const removed = [...this.serverState.messages.keys()].filter((id) => !this.serverState.isVisible(id));
      device.tick += 1;
      device.recordRemoval(this.conversations[0], { msgIdList: removed });
      device.mayHaveLostEvents = false;
    }
    await this.check(chooseWalk, { settled: true });
    await this.#checkLists();
    this.serverState.unsettled.clear();
    this.serverState.edited.clear();
  }

  /** When nothing is on its way, the unread counts are the server's, without a request of the application. */
  async #waitForUnreadCounts(tab) {
    const start = Date.now();
    for (;;) {
      const [server, { conversations }] = [await this.userRest.conversations(true), await tab.read([])];
      const differing = differingUnreadCounts(server, conversations);
      if (differing.length === 0) return;
      if (Date.now() - start > RECONCILIATION_MS) throw new Error(`${tab}: unread counts differ: ${differing.join(", ")}`);
      await sleep(50);
    }
  }

  async #checkLists() {
    const random = this.random;
    const includeEmpty = random.chance(0.5);
    const pageSize = random.pick([1, 2, 3, 50]);
    const serverList = await this.userRest.conversations(includeEmpty);
    for (const device of this.devices) {
      const tab = random.pick(device.tabs);
      const before = await tab.read([]);
      checkLastMessages(device, serverList, before.conversations, `${tab}`);
      if (this.checksUnreadCounts) await this.#waitForUnreadCounts(tab);
      let cursor;
      do {
        const options = { pageSize, includeEmpty, ...(cursor && { cursor }) };
        ({ cursor } = await tab.call("fetchConversationsFromServer", options));
      } while (cursor);
      for (const other of device.tabs) {
        const { conversations } = await other.read([]);
        checkList(serverList, conversations, `${other}, settled, the list fetched in pages of ${pageSize}`);
      }
    }
  }

  /** Fetches all histories from the server on one tab. Then every tab of the device must have them completely. */
  async fetchAndCheckAll(tab, chooseWalk) {
    await this.serverState.refresh();
    for (const conversation of this.conversations) {
      const { pageSize, searchDirection } = chooseWalk(conversation);
      let startMsgId;
      for (let page = {}; !page.isLast; ) {
        const options = { ...conversation, pageSize, searchDirection, ...(startMsgId && { startMsgId }) };
        page = await tab.call("fetchHistoryMessages", options);
        startMsgId = page.cursor;
      }
      for (const reader of tab.device.tabs) {
        for (const searchDirection of ["up", "down"]) {
          const requests = [{ conversation, walk: { pageSize, searchDirection } }];
          const histories = await readWhenReconciled(reader, requests);
          const where = `${reader}: ${conversationKey(conversation)} ${searchDirection}`;
          checkWholeHistory(this.serverState, conversation, histories[0], where);
        }
      }
    }
  }
}

/** Reads histories until all pages are complete, because a reconciliation may still be running in the background. */
async function readWhenReconciled(tab, requests) {
  const start = Date.now();
  for (;;) {
    const { histories } = await tab.read(requests);
    if (histories.flat().every(({ complete }) => complete) || Date.now() - start > RECONCILIATION_MS) return histories;
    await sleep(50);
  }
}

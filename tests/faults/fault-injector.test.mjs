// Tests of the fault injector: each fault does what its name says, and without faults the traffic is unchanged.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, connect } from "node:net";
import { after, before, describe, it } from "node:test";

import { appRest } from "../support/app-rest.mjs";
import { NO_FAULTS, Network } from "../support/network.mjs";
import { field, fields } from "../support/protobuf.mjs";
import { Random } from "../support/random.mjs";
import { startServer } from "../support/server.mjs";
import { UserRest } from "../support/user-rest.mjs";
import { FaultInjector } from "./fault-injector.mjs";
import { FrameSplitter, commandOf, frame, isNotice, metasOf, withMetas } from "./frames.mjs";
import { REQUEST_FAULTS } from "./request-faults.mjs";

const BOB = { conversationId: "bob", conversationType: "singleChat" };

describe("a fault of a REST call", () => {
  let server, app, alice;
  before(async () => {
    server = await startServer({ args: ["--password-memory", "8"] });
    app = await appRest(server.url);
    await app.createUsers("alice", "bob");
    alice = new UserRest(server.url, "alice", await app.userToken("alice"));
  });
  after(() => server?.stop());

  for (const [name, [, fault]] of Object.entries(REQUEST_FAULTS)) {
    it(name, async () => {
      const id = await app.sendText("bob", "alice", name);
      let background = Promise.resolve();
      const answer = (request, forward) => fault(new Random(1), forward, (promise) => (background = promise));
      const network = await Network.open(server.url, { ...NO_FAULTS, answer });
      try {
        const overNetwork = new UserRest(network.url, "alice", await app.userToken("alice"));
        const outcome = await overNetwork.remove("a", BOB, { msgIdList: [id] }).then(
          () => "ok",
          (error) => error.cause?.code ?? error.message,
        );
        await background;
        const removed = !(await alice.history(BOB)).some((message) => message.id === id);
        assert.match(outcome, expectedOutcome(name));
        assert.equal(removed, /^answer|late|done/.test(name), `${name}: whether the server removed the message`);
      } finally {
        await network.close();
      }
    });
  }

  function expectedOutcome(name) {
    if (/lost|cut off/.test(name)) return /UND_ERR_SOCKET|ECONNRESET/;
    if (/HTML/.test(name)) return /JSON/;
    const status = /\d+/.exec(name);
    return status ? new RegExp(`: ${status} `) : /^ok$/;
  }
});

describe("the frame splitter", () => {
  it("finds complete frames, however the stream is cut into chunks", () => {
    const random = new Random(1);
    const sizes = [0, 1, 125, 126, 65_535, 65_536, 10];
    const bodies = sizes.map((size) => Buffer.alloc(size, size));
    const masked = Buffer.from([0x82, 0x83, 1, 2, 3, 4, 9, 9, 9]);
    const all = Buffer.concat([Buffer.from("HTTP/1.1 101 Switching\r\n\r\n"), ...bodies.map(frame), masked]);
    const splitter = new FrameSplitter({ afterHandshake: false });
    const found = [];
    for (let at = 0; at < all.length; ) found.push(...splitter.push(all.subarray(at, (at += random.int(1, 9_000)))));
    assert.deepEqual(Buffer.concat(found.map(({ bytes }) => bytes)), all);
    assert.deepEqual(found.slice(1, -1).map(({ body }) => body), bodies);
    assert.deepEqual([found[0].body, found.at(-1).body], [null, null]);
  });
});

describe("faults of frames", () => {
  /** Sends chunks from a server through the injector. Resolves with the bytes that the client received. */
  async function received(rates, chunks) {
    const faults = new FaultInjector(new Random(3), rates, () => {}, () => {});
    faults.enabled = true;
    let upgraded;
    const opened = new Promise((resolve) => (upgraded = resolve));
    const server = createServer((socket) => socket.once("data", () => upgraded(socket)));
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    const network = await Network.open(`http://127.0.0.1:${server.address().port}`, faults);
    try {
      const client = connect(Number(new URL(network.url).port), "127.0.0.1");
      client.write("GET /websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
      const parts = [];
      client.on("data", (part) => parts.push(part)).on("error", () => {});
      const closed = once(client, "close");
      const socket = await Promise.race([opened, closed.then(() => null)]);
      socket?.on("error", () => {});
      if (socket) for (const chunk of chunks) socket.write(chunk);
      // Longer than all delays together.
      const timer = setTimeout(() => socket?.end(), 300 * 2 * chunks.length);
      await closed;
      clearTimeout(timer);
      socket?.destroy();
      return Buffer.concat(parts);
    } finally {
      await network.close();
      server.close();
    }
  }

  const handshake = Buffer.from("HTTP/1.1 101 Switching Protocols\r\n\r\n");
  const varint = (number, value) => Buffer.from([number << 3, value]);
  const notice = frame(Buffer.concat([varint(8, 2), field(9, field(1, Buffer.from("queue")))]));
  const meta = (id) => Buffer.concat([varint(1, id), varint(5, 5)]);
  const sync = (...ids) => {
    const metas = ids.map((id) => field(4, meta(id)));
    return Buffer.concat([field(2, Buffer.from("jid")), field(9, Buffer.concat([varint(2, 1), ...metas, varint(5, 77)]))]);
  };
  const bodies = (bytes) => new FrameSplitter({ afterHandshake: false }).push(bytes).slice(1).map(({ body }) => body);

  it("do not occur at a rate of 0", async () => {
    const chunks = [handshake, notice, frame(sync(1, 2))];
    assert.deepEqual(await received({ request: 0, frame: 0, cut: 0 }, chunks), Buffer.concat(chunks));
  });

  it("repeat a notice", async () => {
    const actual = bodies(await received({ request: 0, frame: 1, cut: 0 }, [handshake, notice]));
    assert.deepEqual(actual.map(commandOf), ["notice", "notice"]);
  });

  it("repeat notices, in the same answer and in a later one, and change nothing else", async () => {
    const actual = bodies(await received({ request: 0, frame: 1, cut: 0 }, [handshake, frame(sync(1, 2, 3)), frame(sync(4))]));
    assert.deepEqual(actual.map(commandOf), ["sync", "sync"]);
    const ids = actual.map((body) => metasOf(body).map((bytes) => Number(fields(bytes).get(1))));
    assert.deepEqual([new Set(ids[0]), ids[0].length], [new Set([1, 2, 3]), 4]);
    assert.ok(ids[1].filter((id) => id === 4).length === 2 && ids[1].some((id) => id < 4), `${ids[1]}`);
    for (const body of actual) {
      assert.equal(String(fields(body).get(2)), "jid");
      assert.deepEqual([fields(fields(body).get(9)).get(2), fields(fields(body).get(9)).get(5)], [1n, 77n]);
      assert.ok(metasOf(body).every(isNotice));
    }
    assert.deepEqual(fields(withMetas(sync(1), [meta(9)])).get(2), Buffer.from("jid"));
  });

  it("cut a connection in the middle of a stream", async () => {
    const chunks = [handshake, ...Array.from({ length: 30 }, () => notice)];
    const actual = await received({ request: 0, frame: 0, cut: 0.1 }, chunks);
    const all = Buffer.concat(chunks);
    assert.ok(actual.length < all.length, "nothing was cut");
    assert.deepEqual(actual, all.subarray(0, actual.length));
  });
});

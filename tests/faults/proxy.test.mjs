// The bad network itself: each fault does what its name says, and nothing happens where there is none.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, connect } from "node:net";
import { after, before, describe, it } from "node:test";

import { Network } from "../model/network.mjs";
import { Random } from "../model/random.mjs";
import { Service } from "../model/service.mjs";
import { admin } from "../support/admin.mjs";
import { field, fields } from "../support/protobuf.mjs";
import { startServer } from "../support/server.mjs";
import { REQUEST_FAULTS } from "./answers.mjs";
import { Frames, commandOf, frame, isNotice, metasOf, withMetas } from "./frames.mjs";
import { Faults } from "./proxy.mjs";

const BOB = { conversationId: "bob", conversationType: "singleChat" };

describe("faults of REST calls", () => {
  let server, app, service;
  before(async () => {
    server = await startServer({ args: ["--password-memory", "8"] });
    app = await admin(server.url);
    await app.createUsers("alice", "bob");
    service = new Service(server.url, "alice", await app.userToken("alice"));
  });
  after(() => server?.stop());

  for (const [name, [, fault]] of Object.entries(REQUEST_FAULTS)) {
    it(name, async () => {
      const id = await app.sendText("bob", "alice", name);
      let later = Promise.resolve();
      const answer = (request, ask) => fault(new Random(1), ask, (promise) => (later = promise));
      const network = await Network.open(server.url, { answer });
      try {
        const there = new Service(network.url, "alice", await app.userToken("alice"));
        const outcome = await there.remove("a", BOB, { msgIdList: [id] }).then(
          () => "ok",
          (error) => error.cause?.code ?? error.message,
        );
        await later;
        const acted = !(await service.history(BOB)).some((message) => message.id === id);
        assert.match(outcome, expected(name));
        assert.equal(acted, /done|late|cut off/.test(name), `${name}: whether the server did it`);
      } finally {
        await network.close();
      }
    });
  }

  function expected(name) {
    if (/lost|cut off/.test(name)) return /UND_ERR_SOCKET|ECONNRESET/;
    if (/HTML/.test(name)) return /JSON/;
    const status = /\d+/.exec(name);
    return status ? new RegExp(`: ${status} `) : /^ok$/;
  }
});

describe("frames", () => {
  it("are found whole in whatever pieces they come", () => {
    const random = new Random(1);
    const sizes = [0, 1, 125, 126, 65_535, 65_536, 10];
    const bodies = sizes.map((size) => Buffer.alloc(size, size));
    const masked = Buffer.from([0x82, 0x83, 1, 2, 3, 4, 9, 9, 9]);
    const all = Buffer.concat([Buffer.from("HTTP/1.1 101 Switching\r\n\r\n"), ...bodies.map(frame), masked]);
    const frames = new Frames({ greeted: false });
    const found = [];
    for (let at = 0; at < all.length; ) found.push(...frames.push(all.subarray(at, (at += random.int(1, 9_000)))));
    assert.deepEqual(Buffer.concat(found.map(({ bytes }) => bytes)), all);
    assert.deepEqual(found.slice(1, -1).map(({ body }) => body), bodies);
    assert.deepEqual([found[0].body, found.at(-1).body], [null, null]);
  });
});

describe("faults of frames", () => {
  /** What comes out at the client's end where the server says that, and whether it was cut off before the end. */
  async function through(rates, said) {
    const faults = new Faults(new Random(3), rates, () => {}, () => {});
    faults.on = true;
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
      if (socket) for (const part of said) socket.write(part);
      // Longer than anything is held back, all together.
      const timer = setTimeout(() => socket?.end(), 300 * 2 * said.length);
      await closed;
      clearTimeout(timer);
      socket?.destroy();
      return Buffer.concat(parts);
    } finally {
      await network.close();
      server.close();
    }
  }

  const greeting = Buffer.from("HTTP/1.1 101 Switching Protocols\r\n\r\n");
  const varint = (number, value) => Buffer.from([number << 3, value]);
  const notice = frame(Buffer.concat([varint(8, 2), field(9, field(1, Buffer.from("queue")))]));
  const meta = (id) => Buffer.concat([varint(1, id), varint(5, 5)]);
  const sync = (...ids) => {
    const metas = ids.map((id) => field(4, meta(id)));
    return Buffer.concat([field(2, Buffer.from("jid")), field(9, Buffer.concat([varint(2, 1), ...metas, varint(5, 77)]))]);
  };
  const bodies = (bytes) => new Frames({ greeted: false }).push(bytes).slice(1).map(({ body }) => body);

  it("do not happen at a rate of nothing", async () => {
    const said = [greeting, notice, frame(sync(1, 2))];
    assert.deepEqual(await through({ request: 0, frame: 0, cut: 0 }, said), Buffer.concat(said));
  });

  it("bring a notice twice", async () => {
    const got = bodies(await through({ request: 0, frame: 1, cut: 0 }, [greeting, notice]));
    assert.deepEqual(got.map(commandOf), ["notice", "notice"]);
  });

  it("bring notices again, in the answer and in a later one, and leave the rest of it as it was", async () => {
    const got = bodies(await through({ request: 0, frame: 1, cut: 0 }, [greeting, frame(sync(1, 2, 3)), frame(sync(4))]));
    assert.deepEqual(got.map(commandOf), ["sync", "sync"]);
    const ids = got.map((body) => metasOf(body).map((bytes) => Number(fields(bytes).get(1))));
    assert.deepEqual([new Set(ids[0]), ids[0].length], [new Set([1, 2, 3]), 4]);
    assert.ok(ids[1].filter((id) => id === 4).length === 2 && ids[1].some((id) => id < 4), `${ids[1]}`);
    for (const body of got) {
      assert.equal(String(fields(body).get(2)), "jid");
      assert.deepEqual([fields(fields(body).get(9)).get(2), fields(fields(body).get(9)).get(5)], [1n, 77n]);
      assert.ok(metasOf(body).every(isNotice));
    }
    assert.deepEqual(fields(withMetas(sync(1), [meta(9)])).get(2), Buffer.from("jid"));
  });

  it("cut a socket off in the middle", async () => {
    const said = [greeting, ...Array.from({ length: 30 }, () => notice)];
    const got = await through({ request: 0, frame: 0, cut: 0.1 }, said);
    const all = Buffer.concat(said);
    assert.ok(got.length < all.length, "nothing was cut");
    assert.deepEqual(got, all.subarray(0, got.length));
  });
});

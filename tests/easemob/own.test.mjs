// What `roamkit/easemob` does beside being the same: the local copy without a network, a login that is given up, importing
// it outside of a browser, and its typings.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";

import { build } from "esbuild";
import ts from "typescript";

import { openWorld } from "./world.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const PKG = process.env.ROAMKIT_PKG ?? here("../../pkg");
const BOUND = { timeout: 120_000 };

let world;
before(async () => {
  world = await openWorld();
  await world.app.createUsers("alice", "bob");
});
after(() => world?.close());

test("the local copy is there when the server is not", BOUND, async () => {
  const id = await world.app.sendText("bob", "alice", "kept");
  const alice = { user: "alice", accessToken: await world.app.userToken("alice") };
  const app = await world.application("roamkit");
  await app.connect();
  assert.ok((await app.call("open", alice)).resolved);
  await app.call("getServerConversations", { pageSize: 10 });
  await app.call("close");

  const nowhere = { apiUrl: "http://127.0.0.1:1", url: "ws://127.0.0.1:1/websocket" };
  await app.connect({ ...app.options, ...nowhere });
  const opening = app.call("open", alice);
  const shown = async () => (await app.call("localCache.getLocalConversations")).resolved.data;
  await app.until(shown, (conversations) => conversations.length > 0);
  const [{ conversationId, lastMessage }] = await shown();
  assert.deepEqual([conversationId, lastMessage.id, lastMessage.msg], ["bob", id, "kept"]);
  assert.deepEqual((await opening).rejected, { type: 16, message: "websocket has been disconnected" });
  assert.equal((await shown()).length, 1, "it stays readable after the login failed");
});

test("close gives a login up, and the next one is a new one", BOUND, async () => {
  const alice = { user: "alice", pwd: "pw-alice" };
  const app = await world.application("roamkit");
  await app.connect();
  const first = app.call("open", alice);
  await app.call("close");
  const second = app.call("open", alice);
  assert.deepEqual((await first).rejected, { type: 16, message: "websocket has been disconnected" });
  assert.ok((await second).resolved.accessToken);
  assert.equal((await app.call("isOpened")).resolved, true);
  await app.call("close");
  assert.equal((await app.call("isOpened")).resolved, false);
  await app.events.next("onDisconnected");
  assert.equal(app.events.all("onConnected").length, 1);
  assert.deepEqual(app.events.all("pageerror"), []);
});

test("outside of a browser it can be imported, and a connection made", async () => {
  const { default: websdk, Connection, statusCode } = await import(pathToFileURL(join(PKG, "easemob.js")));
  const connection = new websdk.connection({ appKey: "org#app" });
  assert.ok(connection instanceof Connection);
  assert.equal(connection.isOpened(), false);
  assert.equal(statusCode, websdk.statusCode);
  await assert.rejects(connection.getHistoryMessages({ targetId: "bob", chatType: "singleChat" }), { type: 700 });
});

test("a program compiles against both clients' typings, and RoamKit's find more mistakes", BOUND, () => {
  const official = here("../node_modules/easemob-websdk/Easemob-chat.d.ts");
  const ours = join(PKG, "easemob.d.ts");
  assert.equal(mistakes("moving.ts", { "chat-sdk": [official] }), "");
  assert.equal(mistakes("moving.ts", { "chat-sdk": [ours] }), "");
  assert.equal(mistakes("only-here.ts", { "roamkit/easemob": [ours] }), "");
  assert.match(mistakes("only-here.ts", { "roamkit/easemob": [official] }), /Unused '@ts-expect-error'/, "it would find some");
});

const read = new Map();

/** What the compiler says of a program. */
function mistakes(file, paths) {
  const options = {
    strict: true,
    noEmit: true,
    skipDefaultLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ["lib.es2022.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts", "lib.esnext.disposable.d.ts"],
    types: [],
    paths,
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  host.getSourceFile = (name, ...others) => {
    if (!read.has(name)) read.set(name, getSourceFile.call(host, name, ...others));
    return read.get(name);
  };
  const program = ts.createProgram([here(file)], options, host);
  return ts.formatDiagnostics(ts.getPreEmitDiagnostics(program), host);
}

test("it is small", async (t) => {
  const options = { bundle: true, minify: true, format: "esm", external: ["*/roamkit.js"], write: false };
  const { outputFiles: [file] } = await build({ entryPoints: [join(PKG, "easemob.js")], ...options });
  const size = gzipSync(file.contents, { level: 9 }).length;
  t.diagnostic(`${size} bytes gzip`);
  assert.ok(size < 7000, `${size} bytes`);
});

test("no typing is any", async () => {
  const names = ["easemob.d.ts", ...(await readdir(join(PKG, "easemob"), { recursive: true })).map((name) => `easemob/${name}`)];
  const typings = names.filter((name) => name.endsWith(".d.ts"));
  assert.ok(typings.length > 8);
  for (const name of typings) {
    const text = await readFile(join(PKG, name), "utf8");
    assert.doesNotMatch(text.replace(/\/\*[^]*?\*\/|\/\/.*/g, ""), /\bany\b/, name);
  }
});

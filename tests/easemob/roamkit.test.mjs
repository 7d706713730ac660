// Features that only `roamkit/easemob` has: the local copy without a network, cancelled logins, imports outside a browser,
// stricter typings, and its size.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";

import { build } from "esbuild";
import ts from "typescript";

import { PKG } from "../support/paths.mjs";
import { waitUntil } from "../support/wait.mjs";
import { openFixture } from "./fixture.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const OPTIONS = { timeout: 120_000 };

let fixture;
before(async () => {
  fixture = await openFixture();
  await fixture.appRest.createUsers("alice", "bob");
});
after(() => fixture?.close());

test("the local copy is readable without the server", OPTIONS, async () => {
  const id = await fixture.appRest.sendText("bob", "alice", "kept");
  const alice = { user: "alice", accessToken: await fixture.appRest.userToken("alice") };
  const app = await fixture.application("roamkit");
  await app.connect();
  assert.ok((await app.call("open", alice)).resolved);
  await app.call("getServerConversations", { pageSize: 10 });
  await app.call("close");

  const unreachable = { apiUrl: "http://127.0.0.1:1", url: "ws://127.0.0.1:1/websocket" };
  await app.connect({ ...app.options, ...unreachable });
  const opening = app.call("open", alice);
  const localConversations = async () => (await app.call("localCache.getLocalConversations")).resolved.data;
  await waitUntil("the list has conversations", async () => (await localConversations()).length > 0, 10_000);
  const [{ conversationId, lastMessage }] = await localConversations();
  assert.deepEqual([conversationId, lastMessage.id, lastMessage.msg], ["bob", id, "kept"]);
  assert.deepEqual((await opening).rejected, { type: 16, message: "websocket has been disconnected" });
  assert.equal((await localConversations()).length, 1, "conversations after the failed login");
});

test("close cancels a login, and the next login succeeds", OPTIONS, async () => {
  const alice = { user: "alice", pwd: "pw-alice" };
  const app = await fixture.application("roamkit");
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

test("outside a browser the module can be imported and a connection created", async () => {
  const { default: websdk, Connection, statusCode } = await import(pathToFileURL(join(PKG, "easemob.js")));
  const connection = new websdk.connection({ appKey: "org#app" });
  assert.ok(connection instanceof Connection);
  assert.equal(connection.isOpened(), false);
  assert.equal(statusCode, websdk.statusCode);
  await assert.rejects(connection.getHistoryMessages({ targetId: "bob", chatType: "singleChat" }), { type: 700 });
});

test("a program compiles against both clients' typings, and RoamKit's reject more mistakes", OPTIONS, () => {
  const official = here("../node_modules/easemob-websdk/Easemob-chat.d.ts");
  const roamkit = join(PKG, "easemob.d.ts");
  assert.equal(diagnostics("shared-program.ts", { "chat-sdk": [official] }), "");
  assert.equal(diagnostics("shared-program.ts", { "chat-sdk": [roamkit] }), "");
  assert.equal(diagnostics("stricter-typings.ts", { "roamkit/easemob": [roamkit] }), "");
  // The official typings accept the mistakes in that file.
  assert.match(diagnostics("stricter-typings.ts", { "roamkit/easemob": [official] }), /Unused '@ts-expect-error'/);
});

const sourceFiles = new Map();

/** Compiles a program. Returns the compiler's messages. */
function diagnostics(file, paths) {
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
    if (!sourceFiles.has(name)) sourceFiles.set(name, getSourceFile.call(host, name, ...others));
    return sourceFiles.get(name);
  };
  const program = ts.createProgram([here(file)], options, host);
  return ts.formatDiagnostics(ts.getPreEmitDiagnostics(program), host);
}

test("the entry is smaller than 7 KB", async (t) => {
  const options = { bundle: true, minify: true, format: "esm", external: ["*/roamkit.js"], write: false };
  const { outputFiles: [file] } = await build({ entryPoints: [join(PKG, "easemob.js")], ...options });
  const size = gzipSync(file.contents, { level: 9 }).length;
  t.diagnostic(`${size} bytes gzip`);
  assert.ok(size < 7000, `${size} bytes`);
});

test("no typing contains any", async () => {
  const names = ["easemob.d.ts", ...(await readdir(join(PKG, "easemob"), { recursive: true })).map((name) => `easemob/${name}`)];
  const typings = names.filter((name) => name.endsWith(".d.ts"));
  assert.ok(typings.length > 8);
  for (const name of typings) {
    const text = await readFile(join(PKG, name), "utf8");
    assert.doesNotMatch(text.replace(/\/\*[^]*?\*\/|\/\/.*/g, ""), /\bany\b/, name);
  }
});

// docs/guides/hosting.md

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";

import { localContext, launchChromium } from "../support/chromium.mjs";
import { Cleanup } from "../support/cleanup.mjs";
import { SERVER } from "../support/paths.mjs";
import { waitUntil } from "../support/wait.mjs";
import { Site, waitForLines } from "./fixture.mjs";
import { Guide } from "./guide.mjs";

const guide = new Guide("hosting");
const folder = mkdtempSync(`${tmpdir()}/roamkit-guide-hosting-`);
const cleanup = new Cleanup();
cleanup.defer(() => rmSync(folder, { recursive: true }));
after(() => cleanup.run());

/** Finds a free port. */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

let url;
/** The names of the shell blocks that were run. */
const ran = new Set();
const environment = { ...process.env, ROAMKIT_LOG: "warn", PATH: `${folder}/bin:${process.env.PATH}` };
/** Replaces the guide's address by the server's. */
const resolved = (text) => text.replaceAll("127.0.0.1:8080", new URL(url).host);

/** Runs shell blocks of the guide in one shell. Returns their output. */
function run(...names) {
  for (const name of names) ran.add(name);
  const script = names.map((name) => resolved(guide.shell.get(name))).join("\n");
  const { status, stdout, stderr } = spawnSync("bash", ["-euo", "pipefail", "-c", script], {
    cwd: folder,
    env: environment,
    encoding: "utf8",
    timeout: 60_000,
  });
  assert.equal(status, 0, `${names}: ${stdout}${stderr}`);
  return stdout;
}

before(async () => {
  url = `http://127.0.0.1:${await freePort()}`;
  mkdirSync(`${folder}/bin`);
  symlinkSync(SERVER, `${folder}/bin/roamkit-server`);
  for (const name of ["roamkit.toml", "token-server.mjs"]) {
    writeFileSync(`${folder}/${name}`, resolved(guide.files.get(name)));
  }
});

/** Starts the server as the guide does, and waits for the output that the guide promises. */
async function start() {
  ran.add("start");
  const child = spawn("bash", ["-c", `exec ${guide.shell.get("start")}`], {
    cwd: folder,
    env: environment,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  const lines = [];
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
  cleanup.defer(async () => {
    process.removeListener("exit", kill);
    child.kill("SIGTERM");
    const [code] = await exited;
    assert.equal(code, 0, "the server's exit code");
  });
  await waitUntil("the server listens", () => lines.some((line) => line.endsWith(`listening on ${url}`)), 30_000);
}

test("the guide sets up a server with users, a token backend, a message and a backup", async () => {
  run("prepare");
  const secret = readFileSync(`${folder}/client-secret`, "utf8");
  assert.match(secret, /^[0-9a-f]{64}$/);
  assert.equal(statSync(`${folder}/client-secret`).mode & 0o077, 0, "other users can read the secret");
  await start();
  assert.match(run("health"), /^\{"status":"ok"\}/);
  run("token", "users");

  const { tokenServer } = await import(pathToFileURL(`${folder}/token-server.mjs`));
  let signedIn = null;
  const backend = tokenServer({
    api: `${url}/demo/chat`,
    clientId: "backend",
    clientSecret: secret,
    passwordKey: "a key of the backend",
    whoIs: () => signedIn,
  });
  backend.listen(0, "127.0.0.1");
  await once(backend, "listening");
  cleanup.defer(() => new Promise((resolve) => backend.close(resolve)));
  const tokens = `http://127.0.0.1:${backend.address().port}`;
  assert.equal((await fetch(tokens, { method: "POST" })).status, 401, "a token without a signed-in user");

  signedIn = "alice";
  const site = await Site.open(guide, url);
  cleanup.defer(() => site.close());
  const browser = await launchChromium();
  cleanup.defer(() => browser.close());
  const context = await localContext(browser);
  const page = await context.newPage();
  page.errors = [];
  page.on("pageerror", (error) => page.errors.push(String(error)));
  // In an application, a proxy gives the page and the backend the same address.
  await page.route("**/chat-token", async (route) => route.fulfill({ body: await (await fetch(tokens, { method: "POST" })).text() }));
  await page.goto(`${site.url}/index.html`);
  await waitForLines(page, "body", ["signed in"]);
  run("token", "send");
  await waitForLines(page, "body", ["bob: hello"]);
  assert.deepEqual(page.errors, []);

  run("backup");
  const lines = readFileSync(`${folder}/backup.jsonl`, "utf8").trim().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines.filter(({ type }) => type === "user").map(({ username }) => username).sort(), ["alice", "bob"]);
  assert.equal(lines.filter(({ type }) => type === "message").length, 1);
  assert.deepEqual([...ran].sort(), [...guide.shell.keys()].sort(), "the shell blocks that were run");
});

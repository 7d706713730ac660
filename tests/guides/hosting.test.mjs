// docs/guides/hosting.md

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

import { localContext, launchChromium } from "../support/chromium.mjs";
import { Guide } from "./guide.mjs";
import { Site, shows, until } from "./world.mjs";

const PROGRAM = process.env.ROAMKIT_SERVER_BIN ?? fileURLToPath(new URL("../../target/debug/roamkit-server", import.meta.url));
const guide = new Guide("hosting");
const folder = mkdtempSync(`${tmpdir()}/roamkit-guide-hosting-`);
const ends = [() => rmSync(folder, { recursive: true })];
after(async () => {
  for (const end of ends.reverse()) await end();
});

/** A port that was free a moment ago. */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

let url;
const ran = new Set();
const environment = { ...process.env, ROAMKIT_LOG: "warn", PATH: `${folder}/bin:${process.env.PATH}` };
const here = (text) => text.replaceAll("127.0.0.1:8080", new URL(url).host);

/** Runs shell blocks of the guide, one after the other, in one shell; returns what they print. */
function run(...names) {
  for (const name of names) ran.add(name);
  const script = names.map((name) => here(guide.shell.get(name))).join("\n");
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
  symlinkSync(PROGRAM, `${folder}/bin/roamkit-server`);
  for (const name of ["roamkit.toml", "token-server.mjs"]) writeFileSync(`${folder}/${name}`, here(guide.files.get(name)));
});

/** Starts the server as the guide does, and waits until it says what the guide says it prints. */
async function start() {
  ran.add("start");
  const child = spawn("bash", ["-c", `exec ${guide.shell.get("start")}`], {
    cwd: folder,
    env: environment,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  const lines = [];
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
  ends.push(async () => {
    process.removeListener("exit", kill);
    child.kill("SIGTERM");
    const [code] = await ended;
    assert.equal(code, 0, "the server ends with 0");
  });
  await until("it listens", () => lines.some((line) => line.endsWith(`listening on ${url}`)), 30_000);
}

test("a server from nothing: users, a token for the page, a message, a backup", async () => {
  run("prepare");
  const secret = readFileSync(`${folder}/client-secret`, "utf8");
  assert.match(secret, /^[0-9a-f]{64}$/);
  assert.equal(statSync(`${folder}/client-secret`).mode & 0o077, 0, "others can read the secret");
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
  ends.push(() => new Promise((resolve) => backend.close(resolve)));
  const tokens = `http://127.0.0.1:${backend.address().port}`;
  assert.equal((await fetch(tokens, { method: "POST" })).status, 401, "a token for nobody");

  signedIn = "alice";
  const site = await Site.open(guide, url);
  ends.push(() => site.close());
  const browser = await launchChromium();
  ends.push(() => browser.close());
  const context = await localContext(browser);
  const page = await context.newPage();
  page.wrong = [];
  page.on("pageerror", (error) => page.wrong.push(String(error)));
  // The page and the backend have one address behind the proxy of an application.
  await page.route("**/chat-token", async (route) => route.fulfill({ body: await (await fetch(tokens, { method: "POST" })).text() }));
  await page.goto(`${site.url}/index.html`);
  await shows(page, "body", ["signed in"]);
  run("token", "send");
  await shows(page, "body", ["bob: hello"]);
  assert.deepEqual(page.wrong, []);

  run("backup");
  const lines = readFileSync(`${folder}/backup.jsonl`, "utf8").trim().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines.filter(({ type }) => type === "user").map(({ username }) => username).sort(), ["alice", "bob"]);
  assert.equal(lines.filter(({ type }) => type === "message").length, 1);
  assert.deepEqual([...ran].sort(), [...guide.shell.keys()].sort(), "the shell blocks that were run");
});

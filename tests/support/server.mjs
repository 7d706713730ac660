// A real `roamkit-server` process on a free port of this machine, with a database in memory; where
// ROAMKIT_TEST_POSTGRES names a PostgreSQL, with one in there.

import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const PROGRAM = process.env.ROAMKIT_SERVER_BIN ?? `${ROOT}target/debug/roamkit-server`;

/** All devices of a test have one address, and ask as fast as they can. */
const UNLIMITED = ["--rate-user", "--rate-address", "--max-connections-address", "--max-sockets-address"];

export const APP_KEY = "demo#chat";
export const CLIENT_ID = "test-client";
export const CLIENT_SECRET = "test-secret";

let databases = 0;

/** An empty database in that PostgreSQL; undefined where there is none. */
export function newPostgresDatabase() {
  const postgres = process.env.ROAMKIT_TEST_POSTGRES;
  if (!postgres) return undefined;
  const name = `node_${process.pid}_${(databases += 1)}`;
  const made = spawnSync("psql", [`${postgres}/postgres`, "--quiet", "--command", `CREATE DATABASE ${name}`]);
  if (made.status !== 0) throw new Error(`could not make a database: ${made.error ?? made.stderr}`);
  return `${postgres}/${name}`;
}

/**
 * Starts a server and resolves when it listens; `args` are added to its command line.
 * @param {{ args?: string[], database?: string, port?: number }} options
 */
export async function startServer({ args = [], database = newPostgresDatabase() ?? "sqlite::memory:", port = 0 } = {}) {
  const child = spawn(
    PROGRAM,
    [
      ...["--listen", `127.0.0.1:${port}`, "--database", database, "--app", APP_KEY],
      ...["--client-id", CLIENT_ID, "--client-secret", CLIENT_SECRET],
      ...UNLIMITED.filter((flag) => !args.some((arg) => arg.startsWith(flag))).flatMap((flag) => [flag, "0"]),
      ...args,
    ],
    // A line a request would hide what matters here.
    { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"], env: { ROAMKIT_LOG: "warn", ...process.env } },
  );
  const ended = new Promise((resolve) => child.once("exit", (code, signal) => resolve(code ?? signal)));
  // Nothing outlives the tests, however they end.
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);

  const url = await new Promise((resolve, reject) => {
    child.once("error", (error) => reject(new Error(`could not start ${PROGRAM}: ${error.message}`)));
    ended.then((code) => reject(new Error(`the server ended (${code}) before it listened`)));
    const timer = setTimeout(() => reject(new Error("the server did not listen within 30 s")), 30_000);
    createInterface({ input: child.stdout }).on("line", (line) => {
      const found = /listening on (http:\/\/\S+)/.exec(line);
      if (!found) return;
      clearTimeout(timer);
      resolve(found[1]);
    });
  }).catch((error) => {
    kill();
    throw error;
  });

  return {
    url,
    socketUrl: `${url.replace(/^http/, "ws")}/websocket`,
    /** Ctrl-C's signal; resolves with the exit code. */
    async stop() {
      process.removeListener("exit", kill);
      child.kill("SIGINT");
      const timer = setTimeout(kill, 10_000);
      const code = await ended;
      clearTimeout(timer);
      return code;
    },
    /** No warning, as in a crash. */
    async kill() {
      process.removeListener("exit", kill);
      kill();
      await ended;
    },
  };
}

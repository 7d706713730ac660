// Starts a real `roamkit-server` on a free port of this machine.
//
// Its database is in memory, or in the PostgreSQL that ROAMKIT_TEST_POSTGRES names.

import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";

import { ROOT, SERVER } from "./paths.mjs";

/** These limits are switched off, because all devices of a test share one address and send requests without pause. */
const UNLIMITED = ["--rate-user", "--rate-address", "--max-connections-address", "--max-sockets-address"];

export const APP_KEY = "demo#chat";
export const CLIENT_ID = "test-client";
export const CLIENT_SECRET = "test-secret";

let databases = 0;

/** Creates an empty database in the test PostgreSQL; undefined if there is no PostgreSQL. */
export function newPostgresDatabase() {
  const postgres = process.env.ROAMKIT_TEST_POSTGRES;
  if (!postgres) return undefined;
  const name = `node_${process.pid}_${(databases += 1)}`;
  const created = spawnSync("psql", [`${postgres}/postgres`, "--quiet", "--command", `CREATE DATABASE ${name}`]);
  if (created.status !== 0) throw new Error(`could not create a database: ${created.error ?? created.stderr}`);
  return `${postgres}/${name}`;
}

/**
 * Starts a server and resolves when it listens. `args` are added to its command line.
 * @param {{ args?: string[], database?: string, port?: number }} options
 */
export async function startServer({ args = [], database = newPostgresDatabase() ?? "sqlite::memory:", port = 0 } = {}) {
  const child = spawn(
    SERVER,
    [
      ...["--listen", `127.0.0.1:${port}`, "--database", database, "--app", APP_KEY],
      ...["--client-id", CLIENT_ID, "--client-secret", CLIENT_SECRET],
      ...UNLIMITED.filter((flag) => !args.some((arg) => arg.startsWith(flag))).flatMap((flag) => [flag, "0"]),
      ...args,
    ],
    // The default log level prints a line for each request, which would hide the warnings.
    { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"], env: { ROAMKIT_LOG: "warn", ...process.env } },
  );
  const exited = new Promise((resolve) => child.once("exit", (code, signal) => resolve(code ?? signal)));
  // The server must not outlive the test process, however that ends.
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);

  const url = await new Promise((resolve, reject) => {
    child.once("error", (error) => reject(new Error(`could not start ${SERVER}: ${error.message}`)));
    exited.then((code) => reject(new Error(`the server exited (${code}) before it listened`)));
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
    /** Stops the server as Ctrl-C does. Resolves with the exit code. */
    async stop() {
      process.removeListener("exit", kill);
      child.kill("SIGINT");
      const timer = setTimeout(kill, 10_000);
      const code = await exited;
      clearTimeout(timer);
      return code;
    },
    /** Kills the server without warning, as a crash does. */
    async kill() {
      process.removeListener("exit", kill);
      kill();
      await exited;
    },
  };
}

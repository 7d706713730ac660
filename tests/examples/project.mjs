// An example's folder: installs what its lock names, with the package as built, and runs its scripts.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { serveStatic } from "../support/static.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PKG = process.env.ROAMKIT_PKG ?? join(ROOT, "pkg");
const INSTALL_BOUND = 240_000;
const BUILD_BOUND = 240_000;
const START_BOUND = 60_000;

/** Colours would stand between the words that are looked for. */
const ENVIRONMENT = { ...process.env, NO_COLOR: "1", NEXT_TELEMETRY_DISABLED: "1" };
delete ENVIRONMENT.FORCE_COLOR;

/** What the page is served with: the policy that the documentation asks for, and no more. */
const POLICY = { "Content-Security-Policy": "script-src 'self' 'wasm-unsafe-eval'" };

export class Project {
  #ends = [];

  /** Installs `examples/<name>`: by `npm ci` where its lock is new, and the package anew in any case. */
  static async install(name) {
    const project = new Project();
    project.folder = join(ROOT, "examples", name);
    const lock = await readFile(join(project.folder, "package-lock.json"), "utf8");
    // A copy of the lock that the last whole install followed.
    const installed = join(project.folder, "node_modules/.installed-lock.json");
    if ((await readFile(installed, "utf8").catch(() => "")) !== lock) {
      await project.run("npm", ["ci", "--no-audit", "--no-fund"], INSTALL_BOUND);
      await writeFile(installed, lock);
    }
    await project.#putPackage();
    return project;
  }

  /** What `npm publish` would send, unpacked where npm unpacks it. */
  async #putPackage() {
    const folder = await mkdtemp(join(tmpdir(), "roamkit-pack-"));
    try {
      const packed = await this.run("npm", ["pack", PKG, "--json", "--pack-destination", folder], INSTALL_BOUND);
      const described = JSON.parse(packed);
      const [{ filename }] = Array.isArray(described) ? described : Object.values(described);
      const place = join(this.folder, "node_modules/roamkit");
      // With what Vite made of the one before.
      for (const old of [place, join(this.folder, "node_modules/.vite")]) await rm(old, { recursive: true, force: true });
      await mkdir(place);
      await this.run("tar", ["-xzf", join(folder, filename), "-C", place, "--strip-components=1"], START_BOUND);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** Runs a script of its package.json, without what earlier runs left in these folders. */
  async build(script, ...leftovers) {
    for (const folder of leftovers) await rm(join(this.folder, folder), { recursive: true, force: true });
    return this.run("npm", ["run", script], BUILD_BOUND);
  }

  /** Serves one of its folders with a strict policy. Resolves with the address. */
  async serve(folder = ".") {
    const files = await serveStatic({ "/": join(this.folder, folder) }, POLICY);
    this.#ends.push(() => files.close());
    return files.url;
  }

  /** Starts a script that serves until it is ended, with more in its environment. Resolves with the address it prints. */
  async start(script, args, environment = {}) {
    const { child, ended, end } = spawned("npm", ["run", script, "--", ...args], this.folder, environment);
    this.#ends.push(end);
    let printed = "";
    return new Promise((resolve, reject) => {
      const failed = (why) => reject(new Error(`npm run ${script} ${why}:\n${printed}`));
      const timer = setTimeout(() => failed(`printed no address within ${START_BOUND} ms`), START_BOUND);
      ended.then((code) => failed(`ended (${code})`));
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (text) => {
          printed += text;
          const found = /http:\/\/(?:127\.0\.0\.1|localhost):(\d+)/.exec(printed);
          if (!found) return;
          clearTimeout(timer);
          resolve(`http://127.0.0.1:${found[1]}`);
        });
      }
    });
  }

  has(path) {
    return existsSync(join(this.folder, path));
  }

  /** Stops all that it serves. */
  async end() {
    for (const end of this.#ends.splice(0).reverse()) await end();
  }

  /** Runs a program in the folder. Resolves with what it printed on stdout. */
  async run(program, args, bound) {
    const { child, ended, end } = spawned(program, args, this.folder);
    let printed = "";
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text) => (printed += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (said += text));
    const timer = setTimeout(end, bound);
    const code = await ended;
    clearTimeout(timer);
    if (code === 0) return printed;
    const what = `${program} ${args.join(" ")} in ${this.folder}`;
    throw new Error(`${what} failed (${code}, bound ${bound} ms):\n${printed}${said}`);
  }
}

/** A program in a process group of its own, so that what it starts ends with it. */
function spawned(program, args, cwd, environment = {}) {
  const env = { ...ENVIRONMENT, ...environment };
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const kill = () => {
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // It is gone already.
    }
  };
  process.once("exit", kill);
  const ended = new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) => resolve(code ?? signal));
  });
  ended.then(() => process.removeListener("exit", kill));
  return {
    child,
    ended,
    end: () => {
      kill();
      return ended;
    },
  };
}

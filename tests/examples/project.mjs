// A project in examples/: installs its dependencies and the built package, and runs its scripts.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Cleanup } from "../support/cleanup.mjs";
import { PKG, ROOT } from "../support/paths.mjs";
import { serveStatic } from "../support/static.mjs";

const INSTALL_MS = 240_000;
const BUILD_MS = 240_000;
const START_MS = 60_000;

/** Color codes would break the search for an address in the output. */
const ENVIRONMENT = { ...process.env, NO_COLOR: "1", NEXT_TELEMETRY_DISABLED: "1" };
delete ENVIRONMENT.FORCE_COLOR;

/** Headers of static pages: only the policy that the documentation requires. */
const POLICY = { "Content-Security-Policy": "script-src 'self' 'wasm-unsafe-eval'" };

export class Project {
  #cleanup = new Cleanup();

  /** Installs `examples/<name>`: by `npm ci` if its lock file has changed, and the package in any case. */
  static async install(name) {
    const project = new Project();
    project.folder = join(ROOT, "examples", name);
    const lock = await readFile(join(project.folder, "package-lock.json"), "utf8");
    // A copy of the lock file of the last complete install.
    const installed = join(project.folder, "node_modules/.installed-lock.json");
    if ((await readFile(installed, "utf8").catch(() => "")) !== lock) {
      await project.run("npm", ["ci", "--no-audit", "--no-fund"], INSTALL_MS);
      await writeFile(installed, lock);
    }
    await project.#installPackage();
    return project;
  }

  /** Packs the package as `npm publish` does, and unpacks it into `node_modules`. */
  async #installPackage() {
    const folder = await mkdtemp(join(tmpdir(), "roamkit-pack-"));
    try {
      const packed = await this.run("npm", ["pack", PKG, "--json", "--pack-destination", folder], INSTALL_MS);
      const described = JSON.parse(packed);
      const [{ filename }] = Array.isArray(described) ? described : Object.values(described);
      const target = join(this.folder, "node_modules/roamkit");
      // Vite caches the previous package in node_modules/.vite.
      for (const old of [target, join(this.folder, "node_modules/.vite")]) await rm(old, { recursive: true, force: true });
      await mkdir(target);
      await this.run("tar", ["-xzf", join(folder, filename), "-C", target, "--strip-components=1"], START_MS);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** Deletes the output folders of earlier builds and runs a script of its package.json. */
  async build(script, ...outputFolders) {
    for (const folder of outputFolders) await rm(join(this.folder, folder), { recursive: true, force: true });
    return this.run("npm", ["run", script], BUILD_MS);
  }

  /** Serves one of its folders with a strict policy. Resolves with the URL. */
  async serve(folder = ".") {
    const files = await serveStatic({ "/": join(this.folder, folder) }, POLICY);
    this.#cleanup.defer(() => files.close());
    return files.url;
  }

  /** Starts a script that serves the page. `environment` is added to its variables. Resolves with the URL that it prints. */
  async start(script, args, environment = {}) {
    const { child, exited, stop } = spawnGroup("npm", ["run", script, "--", ...args], this.folder, environment);
    this.#cleanup.defer(stop);
    let output = "";
    return new Promise((resolve, reject) => {
      const fail = (problem) => reject(new Error(`npm run ${script} ${problem}:\n${output}`));
      const timer = setTimeout(() => fail(`printed no URL within ${START_MS} ms`), START_MS);
      exited.then((code) => fail(`exited (${code})`));
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (text) => {
          output += text;
          const found = /http:\/\/(?:127\.0\.0\.1|localhost):(\d+)/.exec(output);
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

  /** Stops all servers of the project. */
  stop() {
    return this.#cleanup.run();
  }

  /** Runs a program in the folder. Resolves with its standard output. */
  async run(program, args, timeoutMs) {
    const { child, exited, stop } = spawnGroup(program, args, this.folder);
    let output = "";
    let errors = "";
    child.stdout.setEncoding("utf8").on("data", (text) => (output += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (errors += text));
    const timer = setTimeout(stop, timeoutMs);
    const code = await exited;
    clearTimeout(timer);
    if (code === 0) return output;
    const command = `${program} ${args.join(" ")} in ${this.folder}`;
    throw new Error(`${command} failed (${code}, timeout ${timeoutMs} ms):\n${output}${errors}`);
  }
}

/** Starts a program in a process group of its own, so that its child processes can be stopped with it. */
function spawnGroup(program, args, cwd, environment = {}) {
  const env = { ...ENVIRONMENT, ...environment };
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const kill = () => {
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // The process group has exited already.
    }
  };
  process.once("exit", kill);
  const exited = new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) => resolve(code ?? signal));
  });
  exited.then(() => process.removeListener("exit", kill));
  return {
    child,
    exited,
    stop: () => {
      kill();
      return exited;
    },
  };
}

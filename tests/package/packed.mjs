// The package as npm packs it, installed into an empty project.

import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const PKG = process.env.ROAMKIT_PKG ?? join(ROOT, "pkg");
export const run = promisify(execFile);

/** Packs the package and unpacks it into `node_modules/roamkit`, like `npm install`. */
export async function packed() {
  const project = await mkdtemp(join(tmpdir(), "roamkit-package-"));
  const npm = ["pack", "--json", "--ignore-scripts", "--pack-destination", project];
  const { stdout } = await run("npm", npm, { cwd: PKG });
  const [{ filename, files }] = JSON.parse(stdout);
  const dir = join(project, "node_modules/roamkit");
  await mkdir(dir, { recursive: true });
  const tarball = join(project, filename);
  await run("tar", ["--extract", "--file", tarball, "--strip-components=1", "--directory", dir]);
  const manifest = JSON.parse(await readFile(join(dir, "package.json"), "utf8"));
  return {
    project,
    tarball,
    dir,
    manifest,
    files: files.map(({ path }) => path).sort(),
    read: (path) => readFile(join(dir, path)),
    remove: () => rm(project, { recursive: true, force: true }),
  };
}

/** The importable names, such as `roamkit/inline`, and their files. */
export const entries = ({ exports }) =>
  Object.entries(exports)
    .filter(([, target]) => target.default)
    .map(([path, { default: file, types }]) => ({ name: path.replace(".", "roamkit"), file, types }));

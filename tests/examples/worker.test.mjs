// Tests examples/worker.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { Project } from "./project.mjs";
import { visit } from "./visit.mjs";

describe("examples/worker", { timeout: 300_000 }, () => {
  let project;
  before(async () => (project = await Project.install("worker")));
  after(() => project?.stop());

  const check = async ({ page }) => {
    assert.equal(page.workers().length, 1);
    const fetched = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
    assert.ok(!fetched.some((name) => name.includes(".wasm")), "the page itself loaded WebAssembly");
  };

  it("works as a production build", async () => {
    await project.build("build", "dist");
    await visit(await project.serve("dist"), { wasm: true, check });
  });

  it("works in the development server", async () => {
    await visit(await project.start("start", ["--host", "127.0.0.1", "--port", "0"]), { wasm: true, check });
  });
});

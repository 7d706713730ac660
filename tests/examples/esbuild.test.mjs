// Tests examples/esbuild.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { Project } from "./project.mjs";
import { visit } from "./visit.mjs";

describe("examples/esbuild", { timeout: 300_000 }, () => {
  let project;
  before(async () => (project = await Project.install("esbuild")));
  after(() => project?.stop());

  it("works with the WebAssembly inside the bundle", async () => {
    await project.build("build", "dist");
    assert.ok(!project.has("dist/roamkit_bg.wasm"));
    await visit(await project.serve("dist"), { wasm: false });
  });

  it("works with the WebAssembly as a file beside the bundle", async () => {
    await project.build("build:file", "dist");
    await visit(await project.serve("dist"), { wasm: true });
  });
});

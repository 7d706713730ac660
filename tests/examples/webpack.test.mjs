// The example with webpack 5.

import { after, before, describe, it } from "node:test";

import { Project } from "./project.mjs";
import { visit } from "./visit.mjs";

describe("examples/webpack", { timeout: 300_000 }, () => {
  let project;
  before(async () => (project = await Project.install("webpack")));
  after(() => project?.end());

  it("runs as built", async () => {
    await project.build("build", "dist");
    await visit(await project.serve("dist"), { wasm: true });
  });
});

// Tests examples/webpack.

import { after, before, describe, it } from "node:test";

import { Project } from "./project.mjs";
import { visit } from "./visit.mjs";

describe("examples/webpack", { timeout: 300_000 }, () => {
  let project;
  before(async () => (project = await Project.install("webpack")));
  after(() => project?.stop());

  it("works as a production build", async () => {
    await project.build("build", "dist");
    await visit(await project.serve("dist"), { wasm: true });
  });
});

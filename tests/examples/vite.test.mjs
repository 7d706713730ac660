// Tests examples/vite.

import { after, before, describe, it } from "node:test";

import { Project } from "./project.mjs";
import { visit } from "./visit.mjs";

describe("examples/vite", { timeout: 300_000 }, () => {
  let project;
  before(async () => (project = await Project.install("vite")));
  after(() => project?.stop());

  it("works as a production build", async () => {
    await project.build("build", "dist");
    await visit(await project.serve("dist"), { wasm: true });
  });

  it("works in the development server", async () => {
    await visit(await project.start("start", ["--host", "127.0.0.1", "--port", "0"]), { wasm: true });
  });
});

// Tests examples/plain, which has no bundler.

import { after, before, describe, it } from "node:test";

import { Project } from "./project.mjs";
import { visit } from "./visit.mjs";

describe("examples/plain", { timeout: 300_000 }, () => {
  let project;
  before(async () => (project = await Project.install("plain")));
  after(() => project?.stop());

  it("works without a build", async () => visit(await project.serve(), { wasm: true }));
});

// Tests examples/next: built by Turbopack and by webpack, rendered on the server.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { Project } from "./project.mjs";
import { visit } from "./visit.mjs";

describe("examples/next", { timeout: 600_000 }, () => {
  let project;
  before(async () => (project = await Project.install("next")));
  after(() => project?.stop());

  for (const [builder, script] of [["Turbopack", "build"], ["webpack", "build:webpack"]]) {
    it(`works when built by ${builder}`, async () => {
      await project.build(script, ".next");
      const environment = { CHAT_SERVER: "http://from.the.server:1" };
      const url = await project.start("start", ["--hostname", "127.0.0.1", "--port", "0"], environment);
      const html = await (await fetch(url)).text();
      assert.match(html, /<h1>Messages<\/h1><form>.*<button>Sign in<\/button><\/form>/);
      assert.match(html, /<input[^>]* name="server"[^>]* value="http:\/\/from.the.server:1"/, "the environment of this process");
      await visit(url, { wasm: true });
      await project.stop();
    });
  }
});

// The example with React. In the development server React runs every effect twice.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { Project } from "./project.mjs";
import { visit } from "./visit.mjs";

/** Signs out and in again: each time one socket, and none is left behind. */
async function comeBack(page) {
  const open = () => page.sockets.filter((socket) => !socket.isClosed());
  const made = page.sockets.length;
  assert.equal(open().length, 1);
  const [last] = open();
  const closed = last.waitForEvent("close");
  await page.page.getByRole("button", { name: "Sign out" }).click();
  await closed;
  await page.shows();
  assert.equal(await page.conversation("bob").count(), 0);

  await page.signIn();
  await page.choose("bob");
  await page.shows("third", "<b>fourth</b>");
  await page.online();
  assert.equal(page.sockets.length, made + 1);
  assert.equal(open().length, 1);
}

describe("examples/react", { timeout: 300_000 }, () => {
  let project;
  before(async () => (project = await Project.install("react")));
  after(() => project?.end());

  it("runs as built", async () => {
    await project.build("build", "dist");
    await visit(await project.serve("dist"), { wasm: true, look: comeBack });
  });

  it("runs in the development server, where effects run twice", async () => {
    await visit(await project.start("start", ["--host", "127.0.0.1", "--port", "0"]), { wasm: true, look: comeBack });
  });
});

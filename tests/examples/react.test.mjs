// Tests examples/react. In the development server React runs each effect twice.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { Project } from "./project.mjs";
import { visit } from "./visit.mjs";

/** Signs out and in again. Each session must have one socket, which is closed with it. */
async function signOutAndIn(page) {
  const open = () => page.sockets.filter((socket) => !socket.isClosed());
  const before = page.sockets.length;
  assert.equal(open().length, 1);
  const [last] = open();
  const closed = last.waitForEvent("close");
  await page.page.getByRole("button", { name: "Sign out" }).click();
  await closed;
  await page.waitForMessages();
  assert.equal(await page.conversation("bob").count(), 0);

  await page.signIn();
  await page.openConversation("bob");
  await page.waitForMessages("third", "<b>fourth</b>");
  await page.waitUntilOnline();
  assert.equal(page.sockets.length, before + 1);
  assert.equal(open().length, 1);
}

describe("examples/react", { timeout: 300_000 }, () => {
  let project;
  before(async () => (project = await Project.install("react")));
  after(() => project?.stop());

  it("works as a production build", async () => {
    await project.build("build", "dist");
    await visit(await project.serve("dist"), { wasm: true, check: signOutAndIn });
  });

  it("works in the development server, where effects run twice", async () => {
    await visit(await project.start("start", ["--host", "127.0.0.1", "--port", "0"]), { wasm: true, check: signOutAndIn });
  });
});

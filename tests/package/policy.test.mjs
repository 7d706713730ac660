// The entries under a strict Content-Security-Policy, and the errors under one that forbids too much.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { appRest } from "../support/app-rest.mjs";
import { APP_KEY, startServer } from "../support/server.mjs";
import { POLICY, Site } from "./site.mjs";

const BOB = { conversationId: "bob", conversationType: "singleChat" };

/** Runs in the page: calls `init` and returns the outcome. */
const initialised = async (entry) => {
  const { default: init, RoamError } = await import(`/pkg/${entry}.js`);
  return init().then(() => "done", (error) => [error instanceof RoamError, error.code, error.message]);
};

describe("a strict Content-Security-Policy", { timeout: 120_000 }, () => {
  let server, service, site;

  before(async () => {
    server = await startServer();
    service = await appRest(server.url);
    await service.createUsers("alice", "bob");
    site = await Site.open();
  });
  after(async () => {
    await site?.close();
    await server?.stop();
  });

  for (const entry of ["roamkit", "inline"]) {
    it(`with 'wasm-unsafe-eval' and the service's addresses allows everything (${entry})`, async () => {
      const { page, troubles } = await site.page();
      const id = await service.sendText("bob", "alice", "hello");
      const options = { appKey: APP_KEY, user: "alice", deviceId: entry, apiUrl: server.url, socketUrl: server.socketUrl };
      const read = await page.evaluate(
        async ([entry, options, token, bob]) => {
          const { default: init, RoamClient } = await import(`/pkg/${entry}.js`);
          await init();
          const client = await RoamClient.open(options);
          await client.login({ token });
          await client.fetchConversationsFromServer();
          const { messages } = await client.fetchHistoryMessages(bob);
          const kept = await client.loadMessages(bob);
          await client.logout();
          client.close();
          return [messages[0].id, kept.messages[0].id];
        },
        [entry, options, await service.userToken("alice"), BOB],
      );
      assert.deepEqual(read, [id, id]);
      assert.deepEqual(troubles, []);
    });

    it(`without 'wasm-unsafe-eval' is named in the error (${entry})`, async () => {
      const { page } = await site.page(POLICY.replace(" 'wasm-unsafe-eval'", ""));
      const [isRoamError, code, message] = await page.evaluate(initialised, entry);
      assert.deepEqual([isRoamError, code], [true, 1]);
      assert.match(message, /script-src of the page's Content-Security-Policy must have 'wasm-unsafe-eval'/);
    });
  }

  it("without connect-src is named in the error, and the inlined WebAssembly does not need it", async () => {
    const { page, troubles, url } = await site.page(POLICY.replace(/connect-src .*/, "connect-src 'none'"));
    const [isRoamError, code, message] = await page.evaluate(initialised, "roamkit");
    assert.deepEqual([isRoamError, code], [true, 2]);
    assert.ok(message.includes(`${url}/pkg/roamkit_bg.wasm`) && message.includes("connect-src"), message);
    // The browser reports the violation, too. This shows that the other tests would notice one.
    assert.ok(troubles.length > 0);
    assert.equal(await page.evaluate(initialised, "inline"), "done");
  });
});

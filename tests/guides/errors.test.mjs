// docs/errors.md must list every code. The tests cause the errors that can be caused and compare their messages.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { appRest } from "../support/app-rest.mjs";
import { launchChromium, localContext } from "../support/chromium.mjs";
import { Cleanup } from "../support/cleanup.mjs";
import { PKG } from "../support/paths.mjs";
import { APP_KEY, startServer } from "../support/server.mjs";
import { serveStatic } from "../support/static.mjs";

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const TEXT = read("docs/errors.md");

/** The name and the example message of each code in the document. */
const documented = new Map(
  [...TEXT.matchAll(/^### (\d+) (\w+)\n\n> (.+)\n\n\*\*Cause\.\*\* .+[^]*?^\*\*Cure\.\*\* .+$/gm)].map(([, code, reason, example]) => [
    Number(code),
    { reason, example },
  ]),
);

test("docs/errors.md has each code of src/error.rs with its name, an example, a cause and a cure", () => {
  const codes = [...read("src/error.rs").matchAll(/^ {4}\w+ = (\d+) "(\w+)",$/gm)].map(([, code, reason]) => [Number(code), reason]);
  assert.ok(codes.length > 20);
  const sorted = (list) => list.sort(([a], [b]) => a - b);
  assert.deepEqual(sorted([...documented].map(([code, { reason }]) => [code, reason])), sorted(codes));
});

/** `[code, action, serverArgs]`: the action runs in the page with an open client and must fail with the code. */
const ACTIONS = [
  [1, (_, client) => (client.close(), client.loadAllConversations())],
  [100, ({ open }) => open({ appKey: "demo" })],
  [101, ({ open }) => open({ user: "al ice" })],
  [102, (_, client) => client.login({ password: "wrong" })],
  [110, (_, client) => client.fetchHistoryMessages({ conversationId: "bob", conversationType: "singleChat", pageSize: 100 })],
  [201, (_, client) => client.fetchHistoryMessages({ conversationId: "bob", conversationType: "singleChat" })],
  [202, (_, client, { token }) => client.login({ token: `${token.slice(0, -4)}AAAA` })],
  [204, async ({ open }) => (await open({ user: "nobody" })).login({ password: "p" })],
  [2, async ({ open }, _, { closed }) => (await open({ apiUrl: closed })).login({ password: "p" })],
  [300, async ({ open }, _, { closed, token }) => (await open({ socketUrl: closed.replace("http", "ws") })).login({ token })],
  [303, async ({ open }, _, { website }) => (await open({ apiUrl: website })).login({ password: "p" })],
  [304, async ({ open }) => (await open({ apiUrl: undefined, socketUrl: undefined })).login({ password: "p" })],
  [505, async (_, client, { token }) => {
    await client.login({ token });
    await client.fetchHistoryMessages({ conversationId: "bob", conversationType: "singleChat" });
  }, ["--roaming=off"]],
  [602, async (_, client, { token, group }) => {
    await client.login({ token });
    await client.fetchHistoryMessages({ conversationId: group, conversationType: "groupChat" });
  }],
  [605, async (_, client, { token }) => {
    await client.login({ token });
    await client.fetchHistoryMessages({ conversationId: "77", conversationType: "groupChat" });
  }],
];

const cleanup = new Cleanup();
let page;
before(async () => {
  const files = await serveStatic({ "/pkg/": `${PKG}/`, "/page/": fileURLToPath(new URL(".", import.meta.url)) });
  cleanup.defer(() => files.close());
  const browser = await launchChromium();
  cleanup.defer(() => browser.close());
  page = await (await localContext(browser)).newPage();
  await page.goto(`${files.url}/page/errors.html`);
  page.site = files.url;
});
after(() => cleanup.run());

const servers = new Map();
/** Starts a server with these arguments once, with the user Alice and a group without her. */
async function serverFor(args) {
  const key = String(args);
  if (!servers.has(key)) {
    const server = await startServer({ args });
    cleanup.defer(() => server.stop());
    const app = await appRest(server.url);
    await app.createUsers("alice", "bob");
    const [token, group] = [await app.userToken("alice"), await app.createGroup("bob", [])];
    servers.set(key, { apiUrl: server.url, socketUrl: server.socketUrl, token, group });
  }
  return servers.get(key);
}

/** Converts an example to a pattern: `…`, the server's address and long numbers match anything. */
const pattern = (example) => {
  const parts = example.split(/…|https:\/\/a1\.example\.com|\d{5,}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`);
};

for (const [code, action, args = []] of ACTIONS) {
  test(`${code} ${documented.get(code)?.reason}`, async () => {
    const facts = {
      ...(await serverFor(args)),
      closed: "http://127.0.0.1:9",
      website: page.site,
    };
    const actual = await page.evaluate(
      async ([action, facts, appKey]) => {
        const { default: init, RoamClient, RoamError } = await import("/pkg/roamkit.js");
        await init();
        const { apiUrl, socketUrl } = facts;
        const defaults = { appKey, user: "alice", apiUrl, socketUrl, requestTimeoutMs: 5_000 };
        const open = (options) => RoamClient.open({ ...defaults, ...options });
        const client = await open({});
        try {
          await new Function(`return ${action}`)()({ open }, client, facts);
          return "the action did not fail";
        } catch (error) {
          const { code, reason, message } = error;
          return error instanceof RoamError ? { code, reason, message } : String(error);
        } finally {
          await client.logout().catch(() => {});
          client.close();
        }
      },
      [String(action), facts, APP_KEY],
    );
    const { reason, example } = documented.get(code);
    assert.deepEqual([actual.code, actual.reason], [code, reason], JSON.stringify(actual));
    assert.match(actual.message, pattern(example));
  });
}

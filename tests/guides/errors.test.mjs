// docs/errors.md: every code is there, and those that can be provoked say what it says.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { launchChromium, localContext } from "../support/chromium.mjs";
import { admin } from "../support/admin.mjs";
import { APP_KEY, startServer } from "../support/server.mjs";
import { serveStatic } from "../support/static.mjs";
import { PKG } from "./world.mjs";

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const TEXT = read("docs/errors.md");

/** Code → its name and its example. */
const documented = new Map(
  [...TEXT.matchAll(/^### (\d+) (\w+)\n\n> (.+)\n\n\*\*Cause\.\*\* .+[^]*?^\*\*Cure\.\*\* .+$/gm)].map(([, code, reason, example]) => [
    Number(code),
    { reason, example },
  ]),
);

test("the codes of src/error.rs are those of docs/errors.md, each with its name, an example, a cause and a cure", () => {
  const codes = [...read("src/error.rs").matchAll(/^ {4}\w+ = (\d+) "(\w+)",$/gm)].map(([, code, reason]) => [Number(code), reason]);
  assert.ok(codes.length > 20);
  const sorted = (list) => list.sort(([a], [b]) => a - b);
  assert.deepEqual(sorted([...documented].map(([code, { reason }]) => [code, reason])), sorted(codes));
});

/** What is provoked where: the code, and what a page does with an opened client. */
const PROVOKED = [
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

const ends = [];
let page;
before(async () => {
  const files = await serveStatic({ "/pkg/": `${PKG}/`, "/page/": fileURLToPath(new URL(".", import.meta.url)) });
  ends.push(() => files.close());
  const browser = await launchChromium();
  ends.push(() => browser.close());
  page = await (await localContext(browser)).newPage();
  await page.goto(`${files.url}/page/empty.html`);
  page.site = files.url;
});
after(async () => {
  for (const end of ends.reverse()) await end();
});

const servers = new Map();
/** A server of those arguments with Alice, and a group without her. */
async function place(args) {
  const key = String(args);
  if (!servers.has(key)) {
    const server = await startServer({ args });
    ends.push(() => server.stop());
    const app = await admin(server.url);
    await app.createUsers("alice", "bob");
    const [token, group] = [await app.userToken("alice"), await app.createGroup("bob", [])];
    servers.set(key, { apiUrl: server.url, socketUrl: server.socketUrl, token, group });
  }
  return servers.get(key);
}

/** Digits, quoted words and what stands for anything are not compared. */
const pattern = (example) => {
  const parts = example.split(/…|https:\/\/a1\.example\.com|\d{5,}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`);
};

for (const [code, act, args = []] of PROVOKED) {
  test(`${code} ${documented.get(code)?.reason}`, async () => {
    const where = await place(args);
    const facts = { ...where, closed: "http://127.0.0.1:9", website: page.site };
    const seen = await page.evaluate(
      async ([act, facts, appKey]) => {
        const { default: init, RoamClient, RoamError } = await import("/pkg/roamkit.js");
        await init();
        const { apiUrl, socketUrl } = facts;
        const all = { appKey, user: "alice", apiUrl, socketUrl, requestTimeoutMs: 5_000 };
        const open = (options) => RoamClient.open({ ...all, ...options });
        const client = await open({});
        try {
          await new Function(`return ${act}`)()({ open }, client, facts);
          return "it did not fail";
        } catch (error) {
          const { code, reason, message } = error;
          return error instanceof RoamError ? { code, reason, message } : String(error);
        } finally {
          await client.logout().catch(() => {});
          client.close();
        }
      },
      [String(act), facts, APP_KEY],
    );
    const { reason, example } = documented.get(code);
    assert.deepEqual([seen.code, seen.reason], [code, reason], JSON.stringify(seen));
    assert.match(seen.message, pattern(example));
  });
}

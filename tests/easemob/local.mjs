// The local cache.

import { TO_BOB } from "./data.mjs";

/** The local cache: what lists and messages leave there, and what removals elsewhere take. */
export async function localCache(teller) {
  const all = (name) => teller.step(name, "localCache.getLocalConversations");
  const one = (name, conversationId, conversationType = "singleChat") =>
    teller.step(name, "localCache.getLocalConversation", { conversationId, conversationType });
  await teller.app.connect();
  await all("local, before open");
  await one("local, one before open", "bob");
  await teller.app.call("open", { user: "alice", pwd: "pw-alice" });
  await teller.app.events.next("onConnected");
  await all("local, empty");
  await teller.app.call("getServerConversations", { pageSize: 50 });
  await all("local, after the list");
  await teller.fence("of a known one");
  teller.record.name(await teller.world.app.sendText("frank", "alice", "from frank"), "from frank");
  await teller.app.events.next("onTextMessage", ({ from }) => from === "frank");
  teller.record.name(await teller.bob.sendText("groupChat", teller.group, "to the group"), "to the group");
  await teller.app.events.next("onTextMessage", ({ chatType }) => chatType === "groupChat");
  await teller.fence("of all");
  await all("local, after messages");
  await one("local, one", "bob");
  await one("local, a group", teller.group, "groupChat");
  await one("local, an unknown one", "nobody");
  await one("local, a wrong kind", "bob", "chatRoom");
  await one("local, no id", "");
  await teller.other.call("removeHistoryMessages", { ...TO_BOB, messageIds: [teller.sent[59]] });
  await teller.other.call("deleteConversation", { channel: "carol", chatType: "singleChat", deleteRoam: true });
  await teller.app.events.next("onMultiDeviceEvent", (event) => event.operation === "deleteConversation");
  await listsSomethingOf(teller, "bob");
  await one("local, after a removal elsewhere", "bob");
  await one("local, after a deletion elsewhere", "carol");
  await teller.app.call("close");
  await teller.app.events.next("onDisconnected");
  await all("local, after close");
}

/** RoamKit drops what was removed at once, and asks the server's list what comes before it. */
async function listsSomethingOf(teller, conversationId) {
  const end = Date.now() + 15_000;
  for (;;) {
    const options = { conversationId, conversationType: "singleChat" };
    const { resolved } = await teller.app.call("localCache.getLocalConversation", options);
    if (resolved?.data?.lastMessage) return;
    if (Date.now() > end) throw new Error(`the list shows no last message of ${conversationId}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

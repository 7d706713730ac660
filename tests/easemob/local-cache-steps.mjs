// Steps about the local cache.

import { TO_BOB } from "./initial-data.mjs";

/** Reads the local cache after fetched lists, live messages, and removals on another device. */
export async function localCache(recorder) {
  const readAll = (name) => recorder.step(name, "localCache.getLocalConversations");
  const readOne = (name, conversationId, conversationType = "singleChat") =>
    recorder.step(name, "localCache.getLocalConversation", { conversationId, conversationType });
  await recorder.application.connect();
  await readAll("local, before open");
  await readOne("local, one before open", "bob");
  const bob = { conversationId: "bob", conversationType: "singleChat" };
  await recorder.step("local, clear before open", "localCache.clearConversationUnreadCount", bob);
  await recorder.application.call("open", { user: "alice", pwd: "pw-alice" });
  await recorder.application.events.next("onConnected");
  await readAll("local, empty");
  await recorder.application.call("getServerConversations", { pageSize: 50 });
  await readAll("local, after the list");
  await recorder.waitForMarker("in a listed conversation");
  recorder.record.alias(await recorder.fixture.appRest.sendText("frank", "alice", "from frank"), "from frank");
  await recorder.application.events.next("onTextMessage", ({ from }) => from === "frank");
  recorder.record.alias(await recorder.bob.sendText("groupChat", recorder.group, "to the group"), "to the group");
  await recorder.application.events.next("onTextMessage", ({ chatType }) => chatType === "groupChat");
  await recorder.waitForMarker("after new conversations");
  await readAll("local, after messages");
  await readOne("local, one", "bob");
  const clear = (name, conversationId, conversationType = "singleChat") =>
    recorder.step(name, "localCache.clearConversationUnreadCount", { conversationId, conversationType });
  await clear("local, clear", "bob");
  await readOne("local, cleared", "bob");
  await clear("local, clear an unknown one", "nobody");
  await readOne("local, an unknown one cleared", "nobody");
  await clear("local, clear a wrong kind", "bob", "chatRoom");
  await clear("local, clear no id", "");
  await readOne("local, a group", recorder.group, "groupChat");
  await readOne("local, an unknown one", "nobody");
  await readOne("local, a wrong kind", "bob", "chatRoom");
  await readOne("local, no id", "");
  await recorder.other.call("removeHistoryMessages", { ...TO_BOB, messageIds: [recorder.sent[59]] });
  await recorder.other.call("deleteConversation", { channel: "carol", chatType: "singleChat", deleteRoam: true });
  await recorder.application.events.next("onMultiDeviceEvent", (event) => event.operation === "deleteConversation");
  await waitForLastMessage(recorder, "bob");
  await readOne("local, after a removal elsewhere", "bob");
  await readOne("local, after a deletion elsewhere", "carol");
  await recorder.application.call("close");
  await recorder.application.events.next("onDisconnected");
  await readAll("local, after close");
}

/** Waits until the list shows a last message. RoamKit drops a removed one at once and fetches the one before it. */
async function waitForLastMessage(recorder, conversationId) {
  const end = Date.now() + 15_000;
  for (;;) {
    const options = { conversationId, conversationType: "singleChat" };
    const { resolved } = await recorder.application.call("localCache.getLocalConversation", options);
    if (resolved?.data?.lastMessage) return;
    if (Date.now() > end) throw new Error(`the list shows no last message of ${conversationId}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

// The users, messages and pins with which each run starts.

const MINUTE = 60_000;

/** The time of the oldest message, within the service's default window of 7 days. */
const START = Date.now() - 600 * MINUTE;
/** The time so many minutes after the oldest message. */
export const at = (minute) => START + minute * MINUTE;

/** The conversation with the most messages. */
export const TO_BOB = { targetId: "bob", chatType: "singleChat" };

const file = { file: "the content", filename: "a.bin" };

/** The event and the parameters of the official client's `message.create` for each kind of message. */
export const KINDS = [
  ["onTextMessage", { type: "txt", msg: "Grüße, 你好 👋", ext: { number: 7, truth: true, nested: { list: [1, "two"] } } }],
  ["onImageMessage", { type: "img", ...file, width: 30, height: 20, ext: { n: 1 } }],
  ["onAudioMessage", { type: "audio", ...file, length: 5, ext: { file_type: "amr" } }],
  ["onVideoMessage", { type: "video", ...file, length: 6, ext: { file_type: "mp4" } }],
  ["onFileMessage", { type: "file", ...file }],
  ["onLocationMessage", { type: "loc", lat: 48.137154, lng: 11.576124, addr: "Marienplatz", buildingName: "Rathaus" }],
  ["onCmdMessage", { type: "cmd", action: "refresh" }],
  ["onCustomMessage", { type: "custom", customEvent: "vote", customExts: { choice: "b", more: "c" } }],
];

/** Creates the data on the server and defines aliases for all ids. */
export async function createInitialData(fixture, record) {
  const { appRest } = fixture;
  await appRest.createUsers("alice", "bob", "carol", "dave", "erin", "frank");
  const group = record.alias(await appRest.createGroup("bob", ["alice", "carol"]), "group");
  const sent = [];
  for (let i = 0; i < 60; i++) {
    const [from, to] = i % 3 ? ["alice", "bob"] : ["bob", "alice"];
    const id = await appRest.sendText(from, to, `message ${i}`, { msg_timestamp: at(i), ext: { i } });
    sent.push(record.alias(id, `bob ${i}`));
  }
  const toGroup = [];
  for (let i = 0; i < 12; i++) {
    const id = await appRest.sendGroupText(["bob", "carol", "alice"][i % 3], group, `group ${i}`, { msg_timestamp: at(100 + i) });
    toGroup.push(record.alias(id, `group ${i}`));
  }
  for (let i = 0; i < 5; i++) {
    record.alias(await appRest.sendText("carol", "alice", `carol ${i}`, { msg_timestamp: at(200 + i) }), `carol ${i}`);
  }
  record.alias(await appRest.sendText("dave", "alice", "dave", { msg_timestamp: at(300) }), "dave");

  const other = await fixture.device("alice");
  record.alias(other.resource, "the other device");
  await other.call("pinConversation", { conversationId: "carol", conversationType: "singleChat", isPinned: true });
  const bob = await fixture.device("bob");
  record.alias(bob.resource, "bob's device");
  return { group, sent, toGroup, other, bob };
}

/** Sends a message of each kind and defines aliases for ids and uploads. */
export async function sendKinds(record, device, to, name) {
  for (const [, message] of KINDS) await send(record, device, to, message, `${name} ${message.type}`);
  const { messages } = await device.history({ targetId: to, chatType: "singleChat", pageSize: 3 });
  const combined = { type: "combine", messageList: messages, title: "Chat history", summary: "three", compatibleText: "old" };
  await send(record, device, to, combined, `${name} combine`);
  const { messages: [{ filename }] } = await device.history({ targetId: to, chatType: "singleChat", pageSize: 1 });
  record.alias(filename, `file of ${name} combine`);
}

async function send(record, device, to, message, name) {
  const id = await device.send({ chatType: "singleChat", to, ...message });
  if (device.uploaded) record.alias(device.uploaded.split("/").at(-1), `${name}'s upload`);
  return record.alias(id, name);
}

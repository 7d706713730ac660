// The application, the same for both clients: it makes a connection, listens to everything, and calls what it is told to.

import websdk from "chat-sdk";

const EVENTS = [
  "onConnected", "onDisconnected", "onReconnecting", "onError", "onTokenWillExpire", "onTokenExpired", "onMessage",
  "onTextMessage", "onImageMessage", "onAudioMessage", "onVideoMessage", "onFileMessage", "onLocationMessage",
  "onCmdMessage", "onCustomMessage", "onCombineMessage", "onRecallMessage", "onModifiedMessage", "onReadMessage",
  "onDeliveredMessage", "onChannelMessage", "onMultiDeviceEvent", "onOfflineMessageSyncStart",
  "onOfflineMessageSyncFinish",
];

/** Results cross to the test as data; of errors, also whether they are the platform's own. */
const plain = (value) => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));
const described = (error) => (error instanceof Error ? { Error: error.message } : plain(error));

/** How a call ended, and whether it threw instead of rejecting. */
async function outcome(run) {
  let answer;
  try {
    answer = run();
  } catch (error) {
    return { threw: described(error) };
  }
  try {
    return { resolved: plain(await answer) };
  } catch (error) {
    return { rejected: described(error) };
  }
}

let connection;

window.app = {
  connect: (options) =>
    outcome(() => {
      const made = new websdk.connection(options);
      const tell = (name) => (value) => void window.report(name, plain(value) ?? null);
      made.addEventHandler("test", Object.fromEntries(EVENTS.map((name) => [name, tell(name)])));
      made.addEventHandler("gone", { onConnected: () => window.report("gone", null) });
      made.removeEventHandler("gone");
      connection = made;
    }),
  /** `callbacks`: functions among the arguments, which note what they get. */
  call: async (path, args, callbacks = []) => {
    const names = path.split(".");
    const owner = names.slice(0, -1).reduce((owner, name) => owner[name], connection);
    const noted = {};
    for (const name of callbacks) args[0][name] = (value) => (noted[name] = described(value));
    const end = await outcome(() => owner[names.at(-1)](...args));
    return { ...end, ...(callbacks.length > 0 && { noted }) };
  },
  read: (names) => plain(Object.fromEntries(names.map((name) => [name, connection[name]]))),
  codes: (names) => plain(Object.fromEntries(names.map((name) => [name, websdk.statusCode[name]]))),
};
window.ready = true;

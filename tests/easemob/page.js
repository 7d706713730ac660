// The application. Both clients run the same code: it creates a connection, reports all events, and makes the calls of
// the test.

import websdk from "chat-sdk";

const EVENTS = [
  "onConnected", "onDisconnected", "onReconnecting", "onError", "onTokenWillExpire", "onTokenExpired", "onMessage",
  "onTextMessage", "onImageMessage", "onAudioMessage", "onVideoMessage", "onFileMessage", "onLocationMessage",
  "onCmdMessage", "onCustomMessage", "onCombineMessage", "onRecallMessage", "onModifiedMessage", "onReadMessage",
  "onDeliveredMessage", "onChannelMessage", "onMultiDeviceEvent", "onOfflineMessageSyncStart",
  "onOfflineMessageSyncFinish",
];

/** Copies a value as plain data, which can cross to the test. */
const toPlain = (value) => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));
/** Describes an error. The description shows whether the error is an `Error` or an object of the client. */
const describe = (error) => (error instanceof Error ? { Error: error.message } : toPlain(error));

/** Runs a call. Returns `{ resolved }`, `{ rejected }`, or `{ threw }` if it threw before it returned a promise. */
async function outcome(run) {
  let answer;
  try {
    answer = run();
  } catch (error) {
    return { threw: describe(error) };
  }
  try {
    return { resolved: toPlain(await answer) };
  } catch (error) {
    return { rejected: describe(error) };
  }
}

let connection;

window.app = {
  connect: (options) =>
    outcome(() => {
      const created = new websdk.connection(options);
      const report = (name) => (value) => void window.report(name, toPlain(value) ?? null);
      created.addEventHandler("test", Object.fromEntries(EVENTS.map((name) => [name, report(name)])));
      created.addEventHandler("removed", { onConnected: () => window.report("called after removeEventHandler", null) });
      created.removeEventHandler("removed");
      connection = created;
    }),
  /** Calls a method. `callbackNames` are callbacks to add to its first argument; the result shows what they received. */
  call: async (path, args, callbackNames = []) => {
    const names = path.split(".");
    const owner = names.slice(0, -1).reduce((owner, name) => owner[name], connection);
    const callbacks = {};
    for (const name of callbackNames) args[0][name] = (value) => (callbacks[name] = describe(value));
    const result = await outcome(() => owner[names.at(-1)](...args));
    return { ...result, ...(callbackNames.length > 0 && { callbacks }) };
  },
  /** Creates a message. */
  createMessage: (options) => toPlain(websdk.message.create(options)),
  read: (names) => toPlain(Object.fromEntries(names.map((name) => [name, connection[name]]))),
  codes: (names) => toPlain(Object.fromEntries(names.map((name) => [name, websdk.statusCode[name]]))),
};
window.ready = true;

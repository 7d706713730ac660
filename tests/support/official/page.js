// Functions that `OfficialClient` calls in the page. They wrap the unmodified official client.

const EVENTS = [
  "onConnected", "onMessage", "onDisconnected", "onReconnecting", "onError", "onTokenWillExpire", "onTokenExpired",
  "onTextMessage", "onImageMessage", "onAudioMessage", "onVideoMessage", "onFileMessage", "onLocationMessage",
  "onCmdMessage", "onCustomMessage", "onRecallMessage", "onModifiedMessage", "onReadMessage", "onDeliveredMessage",
  "onChannelMessage", "onMultiDeviceEvent", "onOfflineMessageSyncStart", "onOfflineMessageSyncFinish",
];

let connection;

/** Copies a value as plain data. The client returns class instances and undefined fields, which tests cannot compare. */
const toPlain = (value) => (value === undefined ? null : JSON.parse(JSON.stringify(value)));

/** Returns the outcome as data, because an error cannot cross from the page to the test. */
async function outcome(run) {
  try {
    return { value: toPlain(await run()) };
  } catch (error) {
    return { error: { type: error?.type, message: String(error?.message ?? error?.reason ?? error) } };
  }
}

window.client = {
  login: (options, credentials) =>
    outcome(async () => {
      connection = new WebIM.connection(options);
      const report = (name) => (value) => void window.report(name, toPlain(value));
      connection.addEventHandler("test", Object.fromEntries(EVENTS.map((name) => [name, report(name)])));
      await connection.open(credentials);
      return connection.clientResource;
    }),
  /** `file` is the text of a file. The client uploads it before it sends the message. */
  send: ({ file, ...message }) =>
    outcome(() => {
      if (file !== undefined) {
        const data = new File([file], message.filename, { type: "application/octet-stream" });
        message.file = { data, filename: message.filename, filetype: "bin", url: URL.createObjectURL(data) };
      }
      return connection.send(WebIM.message.create(message));
    }),
  edit: (messageId, message) =>
    outcome(() => connection.modifyMessage({ messageId, modifiedMessage: WebIM.message.create(message) })),
  call: (method, args) => outcome(() => connection[method](...args)),
};

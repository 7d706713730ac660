// What a test calls inside the page. The official client stays as it is; this only names its calls.

const EVENTS = [
  "onConnected", "onMessage", "onDisconnected", "onReconnecting", "onError", "onTokenWillExpire", "onTokenExpired",
  "onTextMessage", "onImageMessage", "onAudioMessage", "onVideoMessage", "onFileMessage", "onLocationMessage",
  "onCmdMessage", "onCustomMessage", "onRecallMessage", "onModifiedMessage", "onReadMessage", "onDeliveredMessage",
  "onChannelMessage", "onMultiDeviceEvent", "onOfflineMessageSyncStart", "onOfflineMessageSyncFinish",
];

let connection;

/** Its answers hold class instances and undefined fields: tests compare plain data. */
const plain = (value) => (value === undefined ? null : JSON.parse(JSON.stringify(value)));

/** Its failures are plain objects: they cross to the test as data. */
async function settle(run) {
  try {
    return { value: plain(await run()) };
  } catch (error) {
    return { error: { type: error?.type, message: String(error?.message ?? error?.reason ?? error) } };
  }
}

window.device = {
  login: (options, credentials) =>
    settle(async () => {
      connection = new WebIM.connection(options);
      const report = (name) => (value) => void window.report(name, plain(value));
      connection.addEventHandler("test", Object.fromEntries(EVENTS.map((name) => [name, report(name)])));
      await connection.open(credentials);
      return connection.clientResource;
    }),
  /** `file` is a file's text; the client uploads it before it sends. */
  send: ({ file, ...message }) =>
    settle(() => {
      if (file !== undefined) {
        const data = new File([file], message.filename, { type: "application/octet-stream" });
        message.file = { data, filename: message.filename, filetype: "bin", url: URL.createObjectURL(data) };
      }
      return connection.send(WebIM.message.create(message));
    }),
  edit: (messageId, message) =>
    settle(() => connection.modifyMessage({ messageId, modifiedMessage: WebIM.message.create(message) })),
  call: (method, args) => settle(() => connection[method](...args)),
};

// The official client's small build with plugins, as its documentation describes. Only this build has a local cache. Its
// `open` takes other field names, and a plugin provides the conversation list.

await import("/sdk/miniCore/miniCore.js");
const MiniCore = self.websdk;
await import("/sdk/contact/contact.js");
const contact = self.websdk;
await import("/sdk/localCache/localCache.js");
const localCache = self.websdk;

function createConnection(options) {
  const connection = new MiniCore(options);
  connection.usePlugin(contact, "contact");
  connection.usePlugin(localCache, "localCache");
  const open = connection.open.bind(connection);
  connection.open = ({ user, pwd, ...others }) => open({ username: user, password: pwd, ...others });
  connection.getServerConversations = connection.contact.getServerConversations;
  return connection;
}

export default { connection: createConnection };

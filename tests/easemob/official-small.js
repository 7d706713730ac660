// The official client's small build, put together as its documentation says: only this one has a local cache. Its `open`
// has other names for its fields, and lists are in a plugin.

await import("/sdk/miniCore/miniCore.js");
const MiniCore = self.websdk;
await import("/sdk/contact/contact.js");
const contact = self.websdk;
await import("/sdk/localCache/localCache.js");
const localCache = self.websdk;

function connection(options) {
  const made = new MiniCore(options);
  made.usePlugin(contact, "contact");
  made.usePlugin(localCache, "localCache");
  const open = made.open.bind(made);
  made.open = ({ user, pwd, ...others }) => open({ username: user, password: pwd, ...others });
  made.getServerConversations = made.contact.getServerConversations;
  return made;
}

export default { connection };

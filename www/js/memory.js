// What the page remembers. The password only for this tab, so that a reload goes on; an application of your
// own would keep a token that its server gave out, and never a password.

const PREFIX = "roamkit-demo:";

export const memory = {
  lastUser: () => read(localStorage, "user"),
  signedIn(user, password) {
    write(localStorage, "user", user);
    write(sessionStorage, "session", JSON.stringify({ user, password }));
  },
  session: () => JSON.parse(read(sessionStorage, "session") ?? "null"),
  signedOut: () => write(sessionStorage, "session", null),

  isOffNetwork: (user, deviceId) => read(localStorage, `off:${user}:${deviceId}`) === "yes",
  setOffNetwork: (user, deviceId, off) => write(localStorage, `off:${user}:${deviceId}`, off ? "yes" : null),

  /** "light" or "dark"; null where the person did not choose. */
  theme: () => read(localStorage, "theme"),
  setTheme: (theme) => write(localStorage, "theme", theme),

  language: () => read(localStorage, "language"),
  setLanguage: (language) => write(localStorage, "language", language),
};

// A browser may refuse storage; the page then forgets, and works.
function read(storage, key) {
  try {
    return storage.getItem(PREFIX + key);
  } catch {
    return null;
  }
}

function write(storage, key, value) {
  try {
    if (value === null) storage.removeItem(PREFIX + key);
    else storage.setItem(PREFIX + key, value);
  } catch {
    // Forgotten.
  }
}

// The page's stored settings. The password is stored only for this tab, so that a reload stays signed in. A real
// application should store a token from its server, and never a password.

const PREFIX = "roamkit-demo:";

export const storage = {
  lastUser: () => read(localStorage, "user"),
  signedIn(user, password) {
    write(localStorage, "user", user);
    write(sessionStorage, "session", JSON.stringify({ user, password }));
  },
  session: () => JSON.parse(read(sessionStorage, "session") ?? "null"),
  signedOut: () => write(sessionStorage, "session", null),

  isSwitchedOff: (user, deviceId) => read(localStorage, `off:${user}:${deviceId}`) === "yes",
  setSwitchedOff: (user, deviceId, off) => write(localStorage, `off:${user}:${deviceId}`, off ? "yes" : null),

  /** A random id that this browser keeps. The tabs of a browser are the same devices, other browsers are not. */
  browserId() {
    const id = read(localStorage, "browser") ?? Math.random().toString(36).slice(2, 10);
    write(localStorage, "browser", id);
    return id;
  },

  /** "light" or "dark"; null if the user did not choose. */
  theme: () => read(localStorage, "theme"),
  setTheme: (theme) => write(localStorage, "theme", theme),

  language: () => read(localStorage, "language"),
  setLanguage: (language) => write(localStorage, "language", language),
};

// A browser may refuse access to storage. The page then works without stored settings.
function read(area, key) {
  try {
    return area.getItem(PREFIX + key);
  } catch {
    return null;
  }
}

function write(area, key, value) {
  try {
    if (value === null) area.removeItem(PREFIX + key);
    else area.setItem(PREFIX + key, value);
  } catch {
    // The setting is not stored.
  }
}

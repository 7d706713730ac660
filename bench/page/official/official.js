// The official web client: its calls, and how its script comes into the page.

let connection;

/** Loads its script, which leaves a global behind. */
export const load = () =>
  new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.onload = () => resolve(window.WebIM ?? window.websdk);
    script.onerror = () => reject(new Error("the official client's script did not load"));
    script.src = "/official/Easemob-chat.js";
    document.head.append(script);
  });

const place = ({ appKey, apiUrl, socketUrl }) => ({ appKey, isHttpDNS: false, apiUrl, url: socketUrl });

/** From nothing to a client that may be called, ms. */
export async function ready(options) {
  const start = performance.now();
  const sdk = await load();
  connection = new sdk.connection(place(options));
  return performance.now() - start;
}

export async function login(options, token) {
  const sdk = await load();
  connection = new sdk.connection(place(options));
  await connection.open({ user: options.user, accessToken: token });
}

/** A page; keeps nothing. */
export const page = (targetId, pageSize, cursor) =>
  connection.getHistoryMessages({ targetId, chatType: "singleChat", pageSize, cursor, searchDirection: "up" });

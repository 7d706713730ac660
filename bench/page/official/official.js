// The official web client.

let connection;

/** Loads the client's script, which defines a global. */
export const load = () =>
  new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.onload = () => resolve(window.WebIM ?? window.websdk);
    script.onerror = () => reject(new Error("the official client's script did not load"));
    script.src = "/official/Easemob-chat.js";
    document.head.append(script);
  });

const connectionOptions = ({ appKey, apiUrl, socketUrl }) => ({ appKey, isHttpDNS: false, apiUrl, url: socketUrl });

/** Loads the client and creates a connection. Resolves with the duration in ms. */
export async function start(options) {
  const startedAt = performance.now();
  const sdk = await load();
  connection = new sdk.connection(connectionOptions(options));
  return performance.now() - startedAt;
}

export async function login(options, token) {
  const sdk = await load();
  connection = new sdk.connection(connectionOptions(options));
  await connection.open({ user: options.user, accessToken: token });
}

/** Fetches a page. The client does not store it. */
export const page = (targetId, pageSize, cursor) =>
  connection.getHistoryMessages({ targetId, chatType: "singleChat", pageSize, cursor, searchDirection: "up" });

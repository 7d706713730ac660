import { useEffect, useState } from "react";
import init, { RoamClient } from "roamkit";

export interface Account {
  server: string;
  appKey: string;
  user: string;
  password: string;
}

/**
 * Opens a client with the component and closes it with the component, also if React mounts it twice. `client` is available
 * before the login succeeds, so that the local copy can be shown.
 */
export function useClient(account: Account) {
  const [client, setClient] = useState<RoamClient>();
  const [status, setStatus] = useState("");

  useEffect(() => {
    let ended = false;
    let opened: RoamClient | undefined;
    const showStatus = (text: string) => {
      if (!ended) setStatus(text);
    };

    async function start({ server, appKey, user, password }: Account) {
      showStatus("Signing in …");
      await init(); // once; a second call does nothing
      // Without addresses the client uses the hosted service.
      const addresses = server ? { apiUrl: server, socketUrl: `${server.replace(/^http/, "ws")}/websocket` } : {};
      opened = await RoamClient.open({ appKey, user, ...addresses });
      if (ended) return opened.close();
      opened.on("connected", () => showStatus(""));
      opened.on("disconnected", ({ reason }) => showStatus(`Offline: ${reason}`));
      opened.on("error", ({ message }) => showStatus(message));
      setClient(opened);
      await opened.login({ password }); // or { token }, from your own backend
    }

    start(account).catch((error: Error) => showStatus(error.message));
    return () => {
      ended = true;
      opened?.close();
      setClient(undefined);
    };
  }, [account]);

  return { client, status };
}

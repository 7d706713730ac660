import { useEffect, useState } from "react";
import init, { RoamClient } from "roamkit";

export interface Account {
  server: string;
  appKey: string;
  user: string;
  password: string;
}

/**
 * The client of an account: opened with the component and closed with it, also when React mounts it twice. `client` is
 * there before the server answers, for its local copy.
 */
export function useClient(account: Account) {
  const [client, setClient] = useState<RoamClient>();
  const [status, setStatus] = useState("");

  useEffect(() => {
    let ended = false;
    let opened: RoamClient | undefined;
    const tell = (text: string) => {
      if (!ended) setStatus(text);
    };

    async function start({ server, appKey, user, password }: Account) {
      tell("Signing in …");
      await init(); // once; a second call does nothing
      // Without addresses the hosted service is found through its host list.
      const addresses = server ? { apiUrl: server, socketUrl: `${server.replace(/^http/, "ws")}/websocket` } : {};
      opened = await RoamClient.open({ appKey, user, ...addresses });
      if (ended) return opened.close();
      opened.on("connected", () => tell(""));
      opened.on("disconnected", ({ reason }) => tell(`Offline: ${reason}`));
      opened.on("error", ({ message }) => tell(message));
      setClient(opened);
      await opened.login({ password }); // or { token }, from your own backend
    }

    start(account).catch((error: Error) => tell(error.message));
    return () => {
      ended = true;
      opened?.close();
      setClient(undefined);
    };
  }, [account]);

  return { client, status };
}

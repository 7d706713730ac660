// A server, a browser, and the official client on as many devices as a test needs.

import { appRest } from "../support/app-rest.mjs";
import { launchChromium } from "../support/chromium.mjs";
import { OFFICIAL_MOUNTS, OfficialClient } from "../support/official-client.mjs";
import { startServer } from "../support/server.mjs";
import { serveStatic } from "../support/static.mjs";

/** Starts everything. `close` stops it. `options` are those of `startServer`. */
export async function openFixture(options) {
  const server = await startServer(options);
  const files = await serveStatic(OFFICIAL_MOUNTS);
  const browser = await launchChromium();
  const app = await appRest(server.url);
  return {
    server,
    appRest: app,
    /** Opens a device of the user and logs in. */
    device: async (user, credentials) => {
      const device = await OfficialClient.open(browser, files.url, server, user);
      await device.login(credentials);
      return device;
    },
    /** Opens a device of the user without logging in. `options` are more options of the client. */
    newDevice: (user, options) => OfficialClient.open(browser, files.url, server, user, options),
    close: async () => {
      await browser.close();
      await files.close();
      await server.stop();
    },
  };
}

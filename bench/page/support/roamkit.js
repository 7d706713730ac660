// The RoamKit side.

import { conversation } from "./sample.js";

export const APP_KEY = "bench#bench";
const DEVICE = "bench";

const loaded = new Map();

/** Loads the benchmark build of the SDK. `build` may name one with another block size. */
export async function built(build = "pkg") {
  if (!loaded.has(build)) {
    const module = await import(`/built/${build}/roamkit_bench.js`);
    await module.default();
    loaded.set(build, module);
  }
  return loaded.get(build);
}

/** Loads the published package. `wasm` contains its WebAssembly exports. */
export async function published() {
  const { default: init, RoamClient } = await import("/pkg/roamkit.js");
  await init();
  const { default: exported } = await import("/pkg/glue.js");
  return { RoamClient, wasm: await exported() };
}

/** Opens a client of the package. Reading the local copy needs no login. */
export const client = ({ RoamClient }, user) => RoamClient.open({ appKey: APP_KEY, user, deviceId: DEVICE });

/** Deletes the user's local copy and opens a new one. */
export async function fresh(user, build) {
  const { Copy } = await built(build);
  await (await Copy.open(APP_KEY, user, DEVICE)).wipe();
  return Copy.open(APP_KEY, user, DEVICE);
}

/** Saves a group's messages, oldest first, in pages of `size`. */
export async function fill(copy, group, messages, size = 5000, build = "pkg") {
  const { Pages } = await built(build);
  const pages = new Pages(messages, size);
  for (let i = 0; i < pages.count; i += 1) await copy.savePage(group, pages, i);
  pages.free();
}

/** Saves a conversation list whose entries have these last messages. */
export const list = (copy, lastMessages) => copy.saveList(lastMessages.map(conversation));

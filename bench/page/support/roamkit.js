// The SDK's side.

import { conversation } from "./sample.js";

export const APP_KEY = "bench#bench";
const DEVICE = "bench";

const loaded = new Map();

/** The bench's build of the SDK; `build` names one that cuts blocks of another size. */
export async function built(build = "pkg") {
  if (!loaded.has(build)) {
    const module = await import(`/built/${build}/roamkit_bench.js`);
    await module.default();
    loaded.set(build, module);
  }
  return loaded.get(build);
}

/** The package as it is published, and its WebAssembly's exports. */
export async function published() {
  const { default: init, RoamClient } = await import("/pkg/roamkit.js");
  await init();
  const { default: exported } = await import("/pkg/glue.js");
  return { RoamClient, wasm: await exported() };
}

/** A client of the package over the local copy of that user. Reading it needs no login. */
export const client = ({ RoamClient }, user) => RoamClient.open({ appKey: APP_KEY, user, deviceId: DEVICE });

/** Opens the local copy of that user, made anew. */
export async function fresh(user, build) {
  const { Copy } = await built(build);
  await (await Copy.open(APP_KEY, user, DEVICE)).wipe();
  return Copy.open(APP_KEY, user, DEVICE);
}

/** Fills a group: the messages, oldest first, in pages as large as `size`. */
export async function fill(copy, group, messages, size = 5000, build = "pkg") {
  const { Pages } = await built(build);
  const pages = new Pages(messages, size);
  for (let at = 0; at < pages.count; at += 1) await copy.savePage(group, pages, at);
  pages.free();
}

/** Lists the groups with these last messages. */
export const list = (copy, lastMessages) => copy.saveList(lastMessages.map(conversation));

// The default entry: the WebAssembly is fetched from beside this file, where bundlers carry it along.

import { load } from "./load.js";
import type { InitInput, InitOptions } from "./load.js";

export * from "./glue.js";
export type { CompiledModule, InitInput, InitOptions } from "./load.js";

/**
 * Loads the WebAssembly; to be awaited before anything else. Calling it again, also at the same time, is fine and loads
 * nothing again: the first call's input counts. After a failure the next call tries anew.
 *
 * Without an argument `roamkit_bg.wasm` is fetched from beside this file.
 *
 * Rejects with a `RoamError` that says what is wrong where: `INVALID_PARAM` (110) for a wrong argument, `NETWORK_ERROR`
 * (2) where nothing could be fetched, `SERVER_UNKNOWN_ERROR` (303) where something else came, `GENERAL_ERROR` (1) where
 * the browser does not take it.
 *
 * @example
 * ```ts
 * await init();
 * await init("/assets/roamkit_bg.wasm");
 * ```
 */
export default function init(input?: InitInput | PromiseLike<InitInput> | InitOptions): Promise<void> {
  // Bundlers look for exactly this expression.
  return load(input, () => new URL("roamkit_bg.wasm", import.meta.url));
}

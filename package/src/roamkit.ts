// The default entry. It fetches the WebAssembly from the file next to it. Bundlers detect and copy that file.

import { load } from "./glue.js";
import type { InitInput, InitOptions } from "./glue/load.js";

export { RoamClient, RoamError } from "./glue.js";
export type * from "./glue/bindings/roamkit.js";
export type { CompiledModule, InitInput, InitOptions } from "./glue/load.js";

/**
 * Loads the WebAssembly. Await it before you use anything else of this package.
 *
 * Without an argument it fetches `roamkit_bg.wasm` from the folder of this file. More calls, even at the same time, return
 * the result of the first; their input is ignored. After a failure the next call tries again.
 *
 * Rejects with a `RoamError`: `INVALID_PARAM` (110) for an invalid argument, `NETWORK_ERROR` (2) if the fetch failed,
 * `SERVER_UNKNOWN_ERROR` (303) if the response is not the WebAssembly, `GENERAL_ERROR` (1) if the browser cannot compile it.
 *
 * @example
 * ```ts
 * await init();
 * await init("/assets/roamkit_bg.wasm");
 * ```
 */
export default function init(input?: InitInput | PromiseLike<InitInput> | InitOptions): Promise<void> {
  // Bundlers detect exactly this expression.
  return load(input, () => new URL("roamkit_bg.wasm", import.meta.url));
}

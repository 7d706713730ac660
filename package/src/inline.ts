// The entry `roamkit/inline`, which contains the WebAssembly and needs no other file.

import { failed, load } from "./glue.js";
import packed from "./wasm.js";

export { RoamClient, RoamError } from "./glue.js";
export type * from "./glue/bindings/roamkit.js";

/**
 * Unpacks and compiles the WebAssembly. Await it before you use anything else of this package.
 *
 * More calls, even at the same time, return the result of the first. After a failure the next call tries again.
 *
 * Rejects with a `RoamError` with the code `GENERAL_ERROR` (1) if the browser cannot compile the WebAssembly.
 *
 * @example
 * ```ts
 * await init();
 * ```
 */
export default function init(): Promise<void> {
  return load(undefined, unpack);
}

/** Unpacks in memory. Fetching a `data:` URL would need a permission in the Content-Security-Policy. */
async function unpack(): Promise<Response> {
  if (typeof DecompressionStream !== "function") {
    throw failed(1, "this browser has no DecompressionStream, which roamkit/inline needs; roamkit does without");
  }
  const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream, { headers: { "Content-Type": "application/wasm" } });
}

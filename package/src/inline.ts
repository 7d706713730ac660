// The entry that needs no other file: the WebAssembly is part of the JS.

import { failed, load } from "./load.js";
import packed from "./wasm.js";

export * from "./glue.js";

/**
 * Unpacks the WebAssembly; to be awaited before anything else. Calling it again, also at the same time, is fine and does
 * nothing again. After a failure the next call tries anew.
 *
 * Rejects with a `RoamError`, `GENERAL_ERROR` (1), where the browser does not take it.
 *
 * @example
 * ```ts
 * await init();
 * ```
 */
export default function init(): Promise<void> {
  return load(undefined, unpacked);
}

/** Not by fetching a `data:` address, which a Content-Security-Policy would have to allow. */
async function unpacked(): Promise<Response> {
  if (typeof DecompressionStream !== "function") {
    throw failed(1, "this browser has no DecompressionStream, which roamkit/inline needs; roamkit does without");
  }
  const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream, { headers: { "Content-Type": "application/wasm" } });
}

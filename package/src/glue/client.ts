// The SDK's classes, and the start of its WebAssembly. `cargo xtask build` lets wasm-bindgen write `bindings/`.

import startBindings, { RoamClient, RoamError } from "./bindings/roamkit.js";

let exported: object | undefined;

const { open } = RoamClient;

// Before `init` has ended, wasm-bindgen's own `open` would throw a TypeError about a missing function.
RoamClient.open = (options) => {
  if (exported) return open(options);
  const advice = "RoamClient.open: the WebAssembly is not loaded yet: await init() first";
  return Promise.reject(new RoamError(1, "GENERAL_ERROR", advice));
};

// The minifier shortens the classes' names, but consoles and stacks show them.
for (const [name, value] of Object.entries({ RoamClient, RoamError })) Object.defineProperty(value, "name", { value: name });

/**
 * Starts the compiled WebAssembly, once, and resolves with its exports. The `init` of each entry calls this function.
 *
 * Rejects if the module belongs to another build of RoamKit: the names of its imports then have other hashes, so that it does
 * not link.
 */
export async function instantiate(module: WebAssembly.Module): Promise<object> {
  if (exported) return exported;
  // wasm-bindgen keeps the exports of the first module that links, and any module without imports does.
  if (!WebAssembly.Module.exports(module).some(({ name }) => name === "roamclient_open")) {
    throw new WebAssembly.LinkError("it does not export RoamClient");
  }
  return (exported = await startBindings({ module_or_path: module }));
}

export { RoamClient, RoamError };

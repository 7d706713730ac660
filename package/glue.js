// What the build makes glue.js of: wasm-bindgen's glue, the SDK's own JS that it uses, and a word to those who are too
// early. One file, so that all entries share the classes, and a page without a bundler asks once.

import { imports, RoamClient, RoamError, started } from "roamkit-bindings";

let exported;

const { open } = RoamClient;

// The only way to a client.
RoamClient.open = (options) => {
  if (exported) return open(options);
  const advice = "RoamClient.open: the WebAssembly is not loaded yet: await init() first";
  return Promise.reject(new RoamError(1, "GENERAL_ERROR", advice));
};

// Names that people see, in consoles and stacks; all others are shortened.
for (const [name, value] of Object.entries({ RoamClient, RoamError })) Object.defineProperty(value, "name", { value: name });

// Where the module came from is the entries' affair. Resolves with what it exports, for those who measure it.
export default async function instantiate(module) {
  if (exported) return exported;
  // The names that both sides have are too short to tell one build from another: `MARK` does, which this one alone exports.
  if (!WebAssembly.Module.exports(module).some(({ name }) => name === MARK)) {
    throw new WebAssembly.LinkError("it does not export what this client needs");
  }
  const instance = await WebAssembly.instantiate(module, imports());
  return (exported ??= started(instance, module));
}

export { RoamClient, RoamError };

// All entries share this file, so they share its classes and load the WebAssembly once. The build bundles it with the files
// in `glue/`, because a page without a bundler makes one request for each file.

export { instantiate as default, RoamClient, RoamError } from "./glue/client.js";
export { failed, load } from "./glue/load.js";

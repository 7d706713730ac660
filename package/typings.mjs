// The public part of the typings that wasm-bindgen generates.

/** From here on they describe how to start the WebAssembly, which `init` does. */
const START = "\nexport type InitInput = ";
// Clients need not be freed, and projects that compile for ES2022 do not know `Symbol.dispose`.
const FREE = "    free(): void;\n    [Symbol.dispose](): void;\n";
const LINTER_COMMENTS = /^(\/\* \w+:? ?[\w-]+ \*\/\n)+/;

export function publicTypings(text) {
  for (const part of [START, FREE]) {
    if (text.split(part).length !== 2) throw new Error(`wasm-bindgen's typings do not contain exactly once: ${part}`);
  }
  return text.slice(0, text.indexOf(START)).replace(FREE, "").replace(LINTER_COMMENTS, "");
}

// The public part of the typings that wasm-bindgen generates.

const INTERNALS = "\nexport type InitInput = ";
// Clients need not be freed, and `Symbol.dispose` is unknown to projects that compile for an older language.
const HANDLES = "    free(): void;\n    [Symbol.dispose](): void;\n";

const INSTANTIATE = `
/**
 * Starts the compiled WebAssembly. The \`init\` of each entry does that; nobody else needs to.
 */
export default function instantiate(module: WebAssembly.Module): Promise<WebAssembly.Exports>;
`;

/** What `text` says, without what only the entries use. */
export function typings(text) {
  const end = only(text, INTERNALS);
  only(text, HANDLES);
  return text.slice(0, end).replace(HANDLES, "").replace(/^(\/\* \w+:? ?[\w-]+ \*\/\n)+/, "") + INSTANTIATE;
}

/** Where it stands; there must be one, or wasm-bindgen writes something that this file does not know. */
function only(text, part) {
  const at = text.indexOf(part);
  if (at < 0 || text.includes(part, at + 1)) throw new Error(`wasm-bindgen's typings do not have, once: ${part}`);
  return at;
}

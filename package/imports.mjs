// Short names for what the WebAssembly imports. wasm-bindgen gives each import a hash, which tells versions apart and can't
// be compressed: they would be a fortieth of the package. The files of JS that it imports from have paths.

import { leb, module, Reader, sections } from "./module.mjs";

const MODULE = "./roamkit_bg.js";
const SHORT_MODULE = "a";
const IMPORTS = 2;

/** The module and its glue, with the same short names on either side. */
export function shorten(wasm, glue) {
  const names = new Map();
  const files = new Map();
  const changed = [...sections(wasm)].map(({ id, content }) => ({
    id,
    content: id === IMPORTS ? rename(content, names, files) : content,
  }));
  const shortened = module(wasm, changed);
  const found = new Set();
  let text = glue.replace(/\b__wb\w+\b/g, (name) => {
    if (names.has(name)) found.add(name);
    return names.get(name) ?? name;
  });
  if (found.size < names.size || !text.includes(`"${MODULE}": `)) throw new Error("the glue is not of this module");
  text = text.replace(`"${MODULE}": `, `"${SHORT_MODULE}": `);
  for (const [path, short] of files) {
    // The glue says once for each place that imports from it where a file is.
    const [first, ...again] = text.match(/^ *"[^"]+": import\d+,\n/gm).filter((line) => line.includes(`"${path}"`));
    for (const line of again) text = text.replace(line, "");
    text = text.replace(first, first.replace(path, short));
  }
  return { wasm: shortened, glue: text };
}

/** The import section with other names, which are added to `names`, and other files, which are added to `files`. */
function rename(section, names, files) {
  const reader = new Reader(section);
  const count = reader.number();
  const parts = [leb(count)];
  for (let left = count; left > 0; left--) {
    const from = reader.part().toString();
    const name = reader.part().toString();
    if (reader.byte() !== 0) throw new Error("a module that imports more than functions is not from wasm-bindgen");
    const type = leb(reader.number());
    if (from === MODULE) {
      // Letters that JS takes for a name.
      names.set(name, names.get(name) ?? `$${names.size.toString(36)}`);
      parts.push(written(SHORT_MODULE), written(names.get(name)));
    } else {
      files.set(from, files.get(from) ?? String.fromCharCode(SHORT_MODULE.charCodeAt(0) + files.size + 1));
      parts.push(written(files.get(from)), written(name));
    }
    parts.push(Buffer.from([0]), type);
  }
  return Buffer.concat(parts);
}

function written(text) {
  return Buffer.concat([leb(text.length), Buffer.from(text)]);
}

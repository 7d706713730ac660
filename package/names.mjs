// Short names for what the WebAssembly imports and exports. wasm-bindgen gives many of them a hash, which tells versions apart
// and can't be compressed: they would be a fortieth of the package. The files of JS that it imports from have paths. So that
// versions are told apart all the same, one export is named by a mark of this build.

import { createHash } from "node:crypto";

import { leb, module, Reader, sections } from "./module.mjs";

const MODULE = "./roamkit_bg.js";
const SHORT_MODULE = "a";
/** What starts a module: what it is to import, and what is to be done once it is there. */
const STARTING = "export { __wbg_get_imports as imports, __wbg_finalize_init as started };";
/** For browsers that do not know the rest of the package's JS either, and for a module that does not export what it does. */
const NEEDLESS = [
  /\(typeof FinalizationRegistry === 'undefined'\)\s+\? \{ register: \(\) => \{\}, unregister: \(\) => \{\} \}\s+: /g,
  /^if \(!\('encodeInto' in cachedTextEncoder\)\) \{$[^]+?^\}$/gm,
  /^    if \(realloc === undefined\) \{$[^]+?^    \}$/gm,
];
const IMPORTS = 2;
const EXPORTS = 7;
/** What people look for stays. */
const MEMORY = "memory";
/** Bears the mark. */
const MARKED = "roamclient_open";

/** The module and its glue, with the same short names on either side, and the name that no other build exports. */
export function shorten(wasm, glue) {
  const mark = `v${createHash("sha256").update(wasm).update(glue).digest("hex").slice(0, 8)}`;
  const names = new Map();
  const files = new Map();
  const exported = new Map([...glue.matchAll(/\bwasm\.(\w+)/g)].map(([, name]) => [name, name === MARKED ? mark : undefined]));
  const changed = [...sections(wasm)].map(({ id, content }) => {
    if (id === IMPORTS) return { id, content: rename(content, names, files) };
    return { id, content: id === EXPORTS ? renameExports(content, exported) : content };
  });
  const shortened = module(wasm, changed);
  const found = new Set();
  let text = glue.replace(/(?<!\bwasm\.)\b__wb\w+\b/g, (name) => {
    if (names.has(name)) found.add(name);
    return names.get(name) ?? name;
  });
  text = text.replace(/\bwasm\.(\w+)/g, (_, name) => {
    if (!exported.get(name)) throw new Error(`the glue asks for ${name}, which is not exported`);
    return `wasm.${exported.get(name)}`;
  });
  if (found.size < names.size || !text.includes(`"${MODULE}": `)) throw new Error("the glue is not of this module");
  text = text.replace(`"${MODULE}": `, `"${SHORT_MODULE}": `);
  for (const [path, short] of files) {
    // The glue says once for each place that imports from it where a file is.
    const [first, ...again] = text.match(/^ *"[^"]+": import\d+,\n/gm).filter((line) => line.includes(`"${path}"`));
    for (const line of again) text = text.replace(line, "");
    text = text.replace(first, first.replace(path, short));
  }
  // Its own ways to load are for modules that are not at hand yet: `load.ts` has better words for what may go wrong.
  text = text.replace(/^export \{ initSync, __wbg_init as default \};$/m, STARTING);
  if (!text.includes(STARTING)) throw new Error("the glue has another form than wasm-bindgen's");
  for (const needless of NEEDLESS) {
    const left = text.replace(needless, "");
    if (left === text) throw new Error(`the glue has no ${needless}`);
    text = left;
  }
  return { wasm: shortened, glue: text, mark };
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
      names.set(name, names.get(name) ?? letters(names.size));
      parts.push(written(SHORT_MODULE), written(names.get(name)));
    } else {
      files.set(from, files.get(from) ?? String.fromCharCode(SHORT_MODULE.charCodeAt(0) + files.size + 1));
      parts.push(written(files.get(from)), written(name));
    }
    parts.push(Buffer.from([0]), type);
  }
  return Buffer.concat(parts);
}

/** The export section with other names, which are added to those in `names`; what is not among them is left out. */
function renameExports(section, names) {
  const reader = new Reader(section);
  const parts = [];
  for (let left = reader.number(); left > 0; left--) {
    const name = reader.part().toString();
    const kind = reader.byte();
    const index = leb(reader.number());
    if (!names.has(name)) continue;
    names.set(name, names.get(name) ?? (name === MEMORY ? MEMORY : letters(parts.length)));
    parts.push(Buffer.concat([written(names.get(name)), Buffer.from([kind]), index]));
  }
  return Buffer.concat([leb(parts.length), ...parts]);
}

/** a, b, … z, aa, ab … */
function letters(at) {
  const last = String.fromCharCode("a".charCodeAt(0) + (at % 26));
  return at < 26 ? last : letters(Math.floor(at / 26) - 1) + last;
}

function written(text) {
  return Buffer.concat([leb(text.length), Buffer.from(text)]);
}

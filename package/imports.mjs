// Short names for what the WebAssembly imports. wasm-bindgen gives each import a hash, which tells versions apart and can't
// be compressed: they would be a fortieth of the package. The files of JS that it imports from have paths.

const MODULE = "./roamkit_bg.js";
const SHORT_MODULE = "a";
const IMPORTS = 2;

/** The module and its glue, with the same short names on either side. */
export function shorten(wasm, glue) {
  const names = new Map();
  const files = new Map();
  const sections = [wasm.subarray(0, 8)];
  for (let at = 8; at < wasm.length; ) {
    const size = number(wasm, at + 1);
    const end = size.next + size.value;
    const section = wasm.subarray(size.next, end);
    if (wasm[at] === IMPORTS) {
      const imports = rename(section, names, files);
      sections.push(Buffer.from([IMPORTS]), leb(imports.length), imports);
    } else {
      sections.push(wasm.subarray(at, end));
    }
    at = end;
  }
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
  return { wasm: Buffer.concat(sections), glue: text };
}

/** The import section with other names, which are added to `names`, and other files, which are added to `files`. */
function rename(section, names, files) {
  const count = number(section, 0);
  const parts = [leb(count.value)];
  let at = count.next;
  for (let left = count.value; left > 0; left--) {
    const module = text(section, at);
    const name = text(section, module.next);
    const kind = section[name.next];
    if (kind !== 0) throw new Error("a module that imports more than functions is not from wasm-bindgen");
    const type = number(section, name.next + 1);
    if (module.value === MODULE) {
      // Letters that JS takes for a name.
      names.set(name.value, names.get(name.value) ?? `$${names.size.toString(36)}`);
      parts.push(written(SHORT_MODULE), written(names.get(name.value)));
    } else {
      files.set(module.value, files.get(module.value) ?? String.fromCharCode(SHORT_MODULE.charCodeAt(0) + files.size + 1));
      parts.push(written(files.get(module.value)), section.subarray(module.next, name.next));
    }
    parts.push(section.subarray(name.next, type.next));
    at = type.next;
  }
  return Buffer.concat(parts);
}

function number(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return { value, next: at };
  }
}

function leb(value) {
  const bytes = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) | 0x80);
  return Buffer.from([...bytes, value]);
}

function text(bytes, at) {
  const length = number(bytes, at);
  const next = length.next + length.value;
  return { value: Buffer.from(bytes.subarray(length.next, next)).toString(), next };
}

function written(text) {
  return Buffer.concat([leb(text.length), Buffer.from(text)]);
}

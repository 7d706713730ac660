// Short names for what the WebAssembly imports. wasm-bindgen gives each import a hash, which tells versions apart and can't
// be compressed: they would be a fortieth of the package.

const MODULE = "./roamkit_bg.js";
const SHORT_MODULE = "a";
const IMPORTS = 2;

/** The module and its glue, with the same short names on either side. */
export function shorten(wasm, glue) {
  const names = new Map();
  const sections = [wasm.subarray(0, 8)];
  for (let at = 8; at < wasm.length; ) {
    const size = number(wasm, at + 1);
    const end = size.next + size.value;
    const section = wasm.subarray(size.next, end);
    if (wasm[at] === IMPORTS) {
      const imports = rename(section, names);
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
  return { wasm: Buffer.concat(sections), glue: text };
}

/** The import section with other names, which are added to `names`. */
function rename(section, names) {
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
      parts.push(section.subarray(at, name.next));
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

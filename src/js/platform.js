// Lists, as they cross one way and the other.
export const listOf = (values) => values;
export const bytesOf = (array) => (array instanceof Uint8Array ? array : undefined);
export const numbersOf = (array) => (array instanceof BigUint64Array ? array : undefined);
export const partsOf = (list) => (Array.isArray(list) ? list : []);

// An object of these fields; behind a slash in a name, the kind of a typed array.
export function putTogether(names, fields) {
  const named = fields.map((value, at) => {
    const [field, kind] = names.split(" ")[at].split("/");
    return [field, kind ? new globalThis[`${kind}Array`](value.buffer) : value];
  });
  return Object.fromEntries(named);
}

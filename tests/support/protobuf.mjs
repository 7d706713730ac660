// A schema-less protobuf reader and writer, for the parts of the protocol that tests look at.

/**
 * Iterates over a message's fields in order. A varint's `value` is a BigInt; every other value is bytes. `raw` is the
 * encoded field, key included.
 */
export function* parts(bytes) {
  let at = 0;
  const varint = () => {
    for (let value = 0n, shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const start = at;
    const key = Number(varint());
    const wireType = key & 7;
    let value;
    if (wireType === 0) value = varint();
    else {
      const size = { 1: 8, 5: 4 }[wireType] ?? Number(varint());
      value = bytes.subarray(at, (at += size));
    }
    yield { number: key >> 3, value, raw: bytes.subarray(start, at) };
  }
}

/** A map from field number to the first value with that number. */
export function fields(bytes) {
  const found = new Map();
  for (const { number, value } of parts(bytes)) if (!found.has(number)) found.set(number, value);
  return found;
}

/** Encodes a length-delimited field. Its number must be below 16. */
export function field(number, bytes) {
  const head = [(number << 3) | 2];
  let size = bytes.length;
  for (; size > 0x7f; size >>>= 7) head.push((size & 0x7f) | 0x80);
  return Buffer.concat([Buffer.from([...head, size]), bytes]);
}

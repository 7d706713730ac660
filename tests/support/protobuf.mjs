// Protobuf without a schema, as far as tests look into what the server says.

/** A message's fields in their order: whole numbers as BigInt, everything else as bytes; `raw` is the field as it stands there. */
export function* parts(bytes) {
  let at = 0;
  const number = () => {
    for (let value = 0n, shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const from = at;
    const key = Number(number());
    const kind = key & 7;
    let value;
    if (kind === 0) value = number();
    else {
      const size = { 1: 8, 5: 4 }[kind] ?? Number(number());
      value = bytes.subarray(at, (at += size));
    }
    yield { number: key >> 3, value, raw: bytes.subarray(from, at) };
  }
}

/** The first of each field, by number. */
export function fields(bytes) {
  const found = new Map();
  for (const { number, value } of parts(bytes)) if (!found.has(number)) found.set(number, value);
  return found;
}

/** A field of bytes, whose number is below 16. */
export function field(number, bytes) {
  const head = [(number << 3) | 2];
  let size = bytes.length;
  for (; size > 0x7f; size >>>= 7) head.push((size & 0x7f) | 0x80);
  return Buffer.concat([Buffer.from([...head, size]), bytes]);
}

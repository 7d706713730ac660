// WebAssembly as bytes: as much of it as is needed to change a module without a library for the whole.

/** The sections: each one's number and its content. */
export function* sections(wasm) {
  const reader = new Reader(wasm.subarray(8));
  while (!reader.isAtEnd()) yield { id: reader.byte(), content: reader.part() };
}

/** A module of such sections, with the head of another. */
export function module(wasm, sections) {
  const parts = sections.map(({ id, content }) => [Buffer.from([id]), leb(content.length), content]);
  return Buffer.concat([wasm.subarray(0, 8), ...parts.flat()]);
}

/** Reads numbers and bytes, one after the other. */
export class Reader {
  at = 0;

  constructor(bytes) {
    this.bytes = bytes;
  }

  isAtEnd() {
    return this.at >= this.bytes.length;
  }

  byte() {
    return this.bytes[this.at++];
  }

  take(count) {
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  /** What stands behind its length. */
  part() {
    return this.take(this.number());
  }
}

export function leb(value) {
  const bytes = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) | 0x80);
  return Buffer.from([...bytes, value]);
}

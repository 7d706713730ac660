// Splits and builds WebSocket frames, and the MSYNC messages in them, as far as the proxy needs it.

import { field, fields, parts } from "../support/protobuf.mjs";

/** The first byte of an unfragmented binary frame. */
const BINARY = 0x82;
/** The names of the MSYNC commands by number. */
const COMMANDS = ["sync", "unread", "notice", "provision", "logout"];
/** Field numbers of an MSYNC message. */
const COMMAND = 8;
const PAYLOAD = 9;
/** The field number of the metas in a SYNC payload. */
const METAS = 4;

/** Splits a byte stream into complete WebSocket frames. The HTTP handshake counts as the first frame. */
export class FrameSplitter {
  #rest = Buffer.alloc(0);
  #afterHandshake;

  /** @param {{ afterHandshake: boolean }} options whether the stream starts after the handshake */
  constructor({ afterHandshake }) {
    this.#afterHandshake = afterHandshake;
  }

  /** Takes a chunk. Returns the frames that are now complete: `{ bytes, body }`. Only an unmasked binary frame has a body. */
  push(chunk) {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const found = [];
    for (let size; (size = this.#afterHandshake ? this.#frameSize() : this.#handshakeSize()); ) {
      const bytes = this.#rest.subarray(0, size.total);
      this.#rest = this.#rest.subarray(size.total);
      const plain = this.#afterHandshake && bytes[0] === BINARY && bytes[1] < 0x80;
      found.push({ bytes, body: plain ? bytes.subarray(size.head) : null });
      this.#afterHandshake = true;
    }
    return found;
  }

  #handshakeSize() {
    const end = this.#rest.indexOf("\r\n\r\n");
    return end < 0 ? null : { total: end + 4 };
  }

  #frameSize() {
    const rest = this.#rest;
    if (rest.length < 2) return null;
    const short = rest[1] & 0x7f;
    const extended = { 126: 2, 127: 8 }[short] ?? 0;
    const head = 2 + extended + (rest[1] & 0x80 ? 4 : 0);
    if (rest.length < head) return null;
    const body = { 126: () => rest.readUInt16BE(2), 127: () => Number(rest.readBigUInt64BE(2)) }[short]?.() ?? short;
    return rest.length < head + body ? null : { head, total: head + body };
  }
}

/** Builds an unmasked binary frame, as a server sends it. */
export function frame(body) {
  const size = body.length;
  const head = Buffer.alloc(size < 126 ? 2 : size < 65536 ? 4 : 10);
  head[0] = BINARY;
  head[1] = { 2: size, 4: 126, 10: 127 }[head.length];
  if (head.length === 4) head.writeUInt16BE(size, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(size), 2);
  return Buffer.concat([head, body]);
}

/** The name of the MSYNC command in a frame's body. */
export const commandOf = (body) => COMMANDS[Number(fields(body).get(COMMAND) ?? 0n)];

/** The metas of a SYNC answer, as bytes. */
export function metasOf(body) {
  const payload = fields(body).get(PAYLOAD) ?? Buffer.alloc(0);
  return [...parts(payload)].filter(({ number }) => number === METAS).map(({ value }) => value);
}

/** A copy of a SYNC answer with other metas. */
export function withMetas(body, metas) {
  const payload = [...parts(fields(body).get(PAYLOAD))].filter(({ number }) => number !== METAS).map(({ raw }) => raw);
  payload.push(...metas.map((meta) => field(METAS, meta)));
  const rest = [...parts(body)].filter(({ number }) => number !== PAYLOAD).map(({ raw }) => raw);
  return Buffer.concat([...rest, field(PAYLOAD, Buffer.concat(payload))]);
}

/** Returns whether a meta is a notice for the user's devices and not a message. */
export const isNotice = (meta) => fields(meta).get(5) === 5n;

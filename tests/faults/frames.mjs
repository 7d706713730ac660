// WebSocket frames, and in them the service's own, as far as a proxy must know them to take them apart.

import { field, fields, parts } from "../support/protobuf.mjs";

const BINARY = 0x82;
/** The service's commands. */
const COMMANDS = ["sync", "unread", "notice", "provision", "logout"];
const PAYLOAD = 9;
const METAS = 4;

/** Cuts what a socket brings into whole WebSocket frames. What comes before them, the handshake, is one of its own. */
export class Frames {
  #rest = Buffer.alloc(0);
  #greeted;

  /** `greeted`: no handshake is to come. */
  constructor({ greeted }) {
    this.#greeted = greeted;
  }

  /** The frames that are whole with this chunk: `{ bytes, body }`, `body` for binary ones that are not masked. */
  push(chunk) {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const found = [];
    for (let size; (size = this.#greeted ? this.#size() : this.#greeting()); ) {
      const bytes = this.#rest.subarray(0, size.whole);
      this.#rest = this.#rest.subarray(size.whole);
      const plain = this.#greeted && bytes[0] === BINARY && bytes[1] < 0x80;
      found.push({ bytes, body: plain ? bytes.subarray(size.head) : null });
      this.#greeted = true;
    }
    return found;
  }

  #greeting() {
    const end = this.#rest.indexOf("\r\n\r\n");
    return end < 0 ? null : { whole: end + 4 };
  }

  #size() {
    const rest = this.#rest;
    if (rest.length < 2) return null;
    const short = rest[1] & 0x7f;
    const extended = { 126: 2, 127: 8 }[short] ?? 0;
    const head = 2 + extended + (rest[1] & 0x80 ? 4 : 0);
    if (rest.length < head) return null;
    const body = { 126: () => rest.readUInt16BE(2), 127: () => Number(rest.readBigUInt64BE(2)) }[short]?.() ?? short;
    return rest.length < head + body ? null : { head, whole: head + body };
  }
}

/** A frame as a server sends it. */
export function frame(body) {
  const size = body.length;
  const head = Buffer.alloc(size < 126 ? 2 : size < 65536 ? 4 : 10);
  head[0] = BINARY;
  head[1] = { 2: size, 4: 126, 10: 127 }[head.length];
  if (head.length === 4) head.writeUInt16BE(size, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(size), 2);
  return Buffer.concat([head, body]);
}

/** Which of the service's commands a frame's body is. */
export const commandOf = (body) => COMMANDS[Number(fields(body).get(8) ?? 0n)];

/** The metas of a SYNC answer, as bytes. */
export function metasOf(body) {
  const payload = fields(body).get(PAYLOAD) ?? Buffer.alloc(0);
  return [...parts(payload)].filter(({ number }) => number === METAS).map(({ value }) => value);
}

/** The same SYNC answer with other metas. */
export function withMetas(body, metas) {
  const payload = [...parts(fields(body).get(PAYLOAD))].filter(({ number }) => number !== METAS).map(({ raw }) => raw);
  payload.push(...metas.map((meta) => field(METAS, meta)));
  const rest = [...parts(body)].filter(({ number }) => number !== PAYLOAD).map(({ raw }) => raw);
  return Buffer.concat([...rest, field(PAYLOAD, Buffer.concat(payload))]);
}

/** Whether a meta is a notice to the user's devices, not a message. */
export const isNotice = (meta) => fields(meta).get(5) === 5n;

// The numbers of local variables (`package/locals.mjs`): others are chosen, and everything else stays.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { deflateRawSync } from "node:zlib";

import { renumber } from "../../package/locals.mjs";
import { Reader, sections } from "../../package/module.mjs";

const I32 = 0x7f;
const I64 = 0x7e;
const section = (id, ...content) => [id, content.length, ...content];
const get = (local) => [0x20, local];
const set = (local) => [0x21, local];
const constant = (number) => [0x41, number];
const ADD = 0x6a;
const MUL = 0x6c;
const TO_I64 = 0xac;
const TO_I32 = 0xa7;

/** `((n + 1) * n + 2) * (n + 1)`, with these numbers for its variables; one is of another type. */
function body(a, b, wide) {
  const code = [
    ...[...get(0), ...constant(1), ADD, ...set(a)],
    ...[...get(a), ...get(0), MUL, ...constant(2), ADD, ...set(b)],
    ...[...get(b), TO_I64, ...set(wide), ...get(wide), TO_I32, ...get(a), MUL, 0x0b],
  ];
  const types = [I32, I32, I32];
  types[wide - 1] = I64;
  const whole = [3, ...types.flatMap((type) => [1, type]), ...code];
  return [whole.length, ...whole];
}

/** A module that exports these functions by letters. */
function module(...bodies) {
  const names = bodies.flatMap((_, at) => [1, 0x61 + at, 0, at]);
  const code = bodies.flat();
  return Buffer.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, 1, 0x60, 1, I32, 1, I32),
    ...section(3, bodies.length, ...bodies.map(() => 0)),
    ...section(7, bodies.length, ...names),
    ...section(10, bodies.length, ...code),
  ]);
}

/** The bodies of its functions. */
function bodies(wasm) {
  const reader = new Reader([...sections(wasm)].find(({ id }) => id === 10).content);
  return Array.from({ length: reader.number() }, () => Buffer.from(reader.part()));
}

const exported = (wasm) => Object.values(new WebAssembly.Instance(new WebAssembly.Module(wasm)).exports);
const weight = (wasm) => deflateRawSync(wasm, { level: 9 }).length;

describe("the numbers of local variables", () => {
  it("become like those before them, and what is worked out stays the same", () => {
    const before = module(body(1, 2, 3), body(2, 1, 3));
    const after = renumber(before);
    assert.ok(weight(after) < weight(before));
    const [one, other] = bodies(after);
    assert.deepEqual(one, other);
    assert.equal(one.length, bodies(before)[0].length, "what is declared and not used takes no byte");
    for (const run of exported(after)) {
      for (const n of [0, 1, 7, -3]) assert.equal(run(n), ((n + 1) * n + 2) * (n + 1));
    }
  });

  it("stay those of variables of the same type", () => {
    const before = module(body(1, 2, 3), body(1, 3, 2));
    const after = renumber(before);
    assert.equal(after.length, before.length);
    for (const run of exported(after)) assert.equal(run(7), exported(before)[0](7));
  });

  it("are not looked for where an instruction is not known", () => {
    const strange = [3, 0, 0xfd, 0x0b];
    assert.throws(() => renumber(module(strange)), /not known: 0xfd/);
  });
});

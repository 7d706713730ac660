// The numbers of the functions' local variables, for what the module weighs after gzip. Which of a function's variables of
// one type has which number changes nothing but its bytes, and two of five instructions have such a number: chosen so that more
// of them follow one another as they did in the 32 KB before, the package takes a thirtieth less. A function declares a few more
// than it needs, which takes no byte more: so numbers can be left out, and be the same as in functions with more variables.

import { constants, deflateRawSync } from "node:zlib";

import { leb, module, Reader, sections } from "./module.mjs";

const TYPES = 1;
const FUNCTIONS = 3;
const CODE = 10;

/** The module with other numbers for its functions' local variables. */
export function renumber(wasm) {
  const parts = [...sections(wasm)];
  const part = (id) => parts.find((part) => part.id === id);
  const types = parameters(part(TYPES).content);
  const functions = new Reader(part(FUNCTIONS).content);
  const counts = Array.from({ length: functions.number() }, () => types[functions.number()]);
  part(CODE).content = code(part(CODE).content, counts);
  return module(wasm, parts);
}

/** How many parameters a function of each type has. */
function parameters(section) {
  const reader = new Reader(section);
  return Array.from({ length: reader.number() }, () => {
    if (reader.byte() !== 0x60) throw new Error("a type that is not a function's");
    const parameters = reader.part();
    reader.part(); // the results
    return parameters.length;
  });
}

/** The code section; each function has so many parameters. */
function code(section, counts) {
  const reader = new Reader(section);
  const parts = [leb(reader.number())];
  let before = parts[0];
  for (const count of counts) {
    const body = spread(reader.part(), count);
    choose(body, count, before);
    const size = leb(body.length);
    parts.push(size, body);
    before = Buffer.concat([before, size, body]).subarray(-WINDOW);
  }
  return Buffer.concat(parts);
}

/** How far back gzip looks, but for what it needs for itself. */
const WINDOW = 32_000;

/** So many more variables of each type. With twice as many, nothing is gained. */
const SPARE = 3;

/** A body that declares more variables than it uses: behind those of each type there are some that nobody has yet. */
function spread(body, parameters) {
  const { runs, uses, start } = locals(body);
  const numbers = Array.from({ length: parameters }, (_, number) => number);
  const declaration = [leb(runs.length)];
  let next = parameters;
  for (const [count, type] of runs) {
    for (let one = 0; one < count; one++) numbers.push(next + one);
    next += count + SPARE;
    declaration.push(leb(count + SPARE), Buffer.of(type));
  }
  // A number of two bytes would change the body's length; hardly a function here has so many.
  if (next > 0x80) return Buffer.from(body);
  const code = Buffer.from(body.subarray(start));
  for (const place of uses) code[place - start] = numbers[body[place]];
  return Buffer.concat([...declaration, code]);
}

/** Changes the numbers in a function's body, one pair at a time, as long as what comes out is smaller. */
function choose(body, parameters, before) {
  const { runs, uses } = locals(body);
  const declared = runs.flatMap(([count, type]) => Array(count).fill(type));
  if (parameters + declared.length > 0x80) return;
  const weight = () =>
    deflateRawSync(body, { level: 9, memLevel: 9, strategy: constants.Z_FIXED, dictionary: before }).length;
  const places = declared.map((_, local) => uses.filter((place) => body[place] === parameters + local));
  const put = (local, number) => places[local].forEach((place) => (body[place] = number));
  const numbers = declared.map((_, local) => parameters + local);
  let best = weight();
  for (let pass = 0, last; pass < PASSES && last !== best; pass++) {
    last = best;
    for (let one = 0; one < declared.length; one++) {
      for (let other = one + 1; other < declared.length; other++) {
        if (declared[one] !== declared[other]) continue;
        const swap = () => {
          [numbers[one], numbers[other]] = [numbers[other], numbers[one]];
          put(one, numbers[one]);
          put(other, numbers[other]);
        };
        swap();
        const now = weight();
        if (now > best) swap();
        else best = now;
      }
    }
  }
}

/** More find hardly anything. */
const PASSES = 3;

/** How many variables of which type a body declares, where its code starts, and the places of all numbers of variables in it. */
function locals(body) {
  const reader = new Reader(body);
  const runs = Array.from({ length: reader.number() }, () => [reader.number(), reader.byte()]);
  const start = reader.at;
  const uses = [];
  while (!reader.isAtEnd()) {
    const code = reader.byte();
    if (code >= 0x20 && code <= 0x22) uses.push(reader.at);
    operands(reader, code);
  }
  return { runs, start, uses };
}

/** Passes over what belongs to an instruction. */
function operands(reader, code) {
  const numbers = (count) => {
    for (let i = 0; i < count; i++) reader.number();
  };
  if (code >= 0x28 && code <= 0x3e) numbers(2); // loads and stores
  else if (code >= 0x45 && code <= 0xc4) return; // arithmetic
  else if (code in OPERANDS) numbers(OPERANDS[code]);
  else if (code === 0x0e || code === 0x1c) numbers(reader.number() + (code === 0x0e ? 1 : 0)); // br_table, select
  else if (code === 0x43 || code === 0x44) reader.take(code === 0x43 ? 4 : 8); // f32.const, f64.const
  else if (code === 0xfc) {
    const which = reader.number();
    if (!(which in BULK)) throw new Error(`an instruction that is not known: 0xfc ${which}`);
    numbers(BULK[which]);
  } else throw new Error(`an instruction that is not known: 0x${code.toString(16)}`);
}

/** How many numbers follow each instruction. */
const OPERANDS = {
  ...numbered([0x00, 0x01, 0x05, 0x0b, 0x0f, 0x1a, 0x1b, 0xd1], 0), // unreachable, nop, else, end, return, drop, select, ref.is_null
  ...numbered([0x02, 0x03, 0x04], 1), // block, loop, if: a type is a number, too
  ...numbered([0x0c, 0x0d, 0x10], 1), // br, br_if, call
  0x11: 2, // call_indirect
  ...numbered([0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26], 1), // local.*, global.*, table.get, table.set
  ...numbered([0x3f, 0x40, 0x41, 0x42, 0xd0, 0xd2], 1), // memory.size, memory.grow, i32.const, i64.const, ref.null, ref.func
};
/** The same of those that begin with 0xfc: conversions, and what works on whole ranges. */
const BULK = { ...numbered([0, 1, 2, 3, 4, 5, 6, 7], 0), ...numbered([9, 11, 13, 15, 16, 17], 1), ...numbered([8, 10, 12, 14], 2) };

function numbered(codes, count) {
  return Object.fromEntries(codes.map((code) => [code, count]));
}

// The packed typings: everything is documented, and nothing is `any`.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { packed } from "./packed.mjs";
import { surface } from "./surface.mjs";

/** Typings with one fault each, and a pattern for the message. */
const WRONG = {
  "export declare const undocumented: string;": /undocumented has no doc comment/,
  "/** A. */ export declare function f(a: any): void;": /f has the type any/,
  "/** A. */ export declare function f(a): void;": /f has the type any/,
  "/** A. */ export declare function f();": /f has the type any/,
  "/** A. */ export type A = Promise<any>;": /A has the type any/,
  "/** A. */ export interface A { a: string }": /A\.a has no doc comment/,
  "/** A. */ export interface A { /** A. */ a: { b: string } }": /A\.a\.b has no doc comment/,
  "/** A. */ export type A = { /** A. */ a: string } | { b: string };": /A\.b has no doc comment/,
  "/** A. */ export declare class A { constructor(a: string); }": /A\.constructor has no doc comment/,
  "/** A. */ export declare class A { a(): void; }": /A\.a has no doc comment/,
  "/** A. */ export declare class A { private constructor(); get a(): string; }": /A\.a has no doc comment/,
  "/** A. */ export type A = Missing;": /Cannot find name 'Missing'/,
  "/** A. */ export declare const a: typeof Symbol.dispose;": /'dispose' does not exist/,
};

describe("the typings", { timeout: 120_000 }, () => {
  let package_, read;

  before(async () => {
    package_ = await packed();
    const files = package_.files.filter((file) => file.endsWith(".d.ts"));
    const found = surface(files.map((file) => join(package_.dir, file)));
    read = Object.fromEntries(files.map((file, at) => [file, found[at]]));
  });
  after(() => package_?.remove());

  it("have a doc comment on everything, no any, and need no more than ES2022 and the DOM", () => {
    for (const [file, { faults }] of Object.entries(read)) assert.deepEqual(faults, [], file);
    // The check did see the names.
    for (const name of ["init", "RoamClient.open", "RoamClient.on", "RoamError.code", "TokenLogin.token", "EventMap.error"]) {
      assert.ok(read["roamkit.d.ts"].names.has(name), `${name} was not seen`);
    }
  });

  it("do not contain internals of the entries", () => {
    for (const file of ["roamkit.d.ts", "inline.d.ts"]) {
      for (const name of read[file].names) {
        assert.doesNotMatch(name, /wbg|wbindgen|InitOutput|SyncInit|initSync|instantiate|^load|^failed|RoamClient\.free/, file);
      }
    }
  });

  it("with faults are rejected", async () => {
    const texts = Object.keys(WRONG);
    const files = texts.map((_, at) => join(package_.project, `wrong-${at}.d.ts`));
    for (const [at, file] of files.entries()) await writeFile(file, `${texts[at]}\n`);
    for (const [at, { faults }] of surface(files).entries()) {
      assert.match(faults.join("\n"), WRONG[texts[at]], texts[at]);
    }
  });
});

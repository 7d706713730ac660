// Loading the WebAssembly, once for all entries, from whatever an application has.

import instantiate, { RoamError } from "./glue.js";

/**
 * Where the WebAssembly is: an address, a request or its response, its bytes, or the compiled module.
 */
export type InitInput = string | URL | Request | Response | BufferSource | CompiledModule;

/**
 * What `WebAssembly.compile` gives. TypeScript's own type of it has no members, so that a number would do, too.
 */
export type CompiledModule = WebAssembly.Module & object;

/**
 * The same by name, as other packages made with wasm-bindgen take it.
 */
export interface InitOptions {
  /**
   * Where the WebAssembly is; left out: beside this package's JS.
   */
  module_or_path?: InitInput | PromiseLike<InitInput> | undefined;
}

const ALLOWED =
  "nothing, a URL, a string with one, a Request, a Response, a promise of one of these, " +
  "bytes (ArrayBuffer, typed array), a WebAssembly.Module, or { module_or_path: one of these }";

let loading: Promise<void> | undefined;

/**
 * Shared by all calls; after a failure the next call begins anew.
 * @internal
 */
export function load(input: unknown, beside: () => InitInput | Promise<InitInput>): Promise<void> {
  loading ??= start(input, beside).catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function start(given: unknown, beside: () => InitInput | Promise<InitInput>): Promise<void> {
  const named = given !== undefined && isOptions(given) ? given.module_or_path : given;
  const module = await moduleOf(named === undefined ? await beside() : await settled(named));
  try {
    await instantiate(module);
  } catch (error) {
    throw failed(1, "the WebAssembly is not the one that this version of roamkit goes with", error);
  }
}

/** By the objects' own words and not their classes: they may come from another window. */
const kind = (value: unknown) => Object.prototype.toString.call(value).slice("[object ".length, -1);

function isOptions(value: unknown): value is InitOptions {
  return kind(value) === "Object" && "module_or_path" in (value as object);
}

async function settled(input: unknown): Promise<unknown> {
  try {
    return await input;
  } catch (error) {
    throw isOfItsOwn(error) ? error : failed(2, "the promise that init was given rejected", error);
  }
}

async function moduleOf(input: unknown): Promise<WebAssembly.Module> {
  switch (kind(input)) {
    case "WebAssembly.Module":
      return input as WebAssembly.Module;
    case "String":
    case "URL":
    case "Request":
      return compiled(await fetched(input as string | URL | Request));
    case "Response":
      return compiled(input as Response);
    case "ArrayBuffer":
    case "SharedArrayBuffer":
      return fromBytes(new Uint8Array(input as ArrayBuffer), "what init was given");
  }
  if (ArrayBuffer.isView(input)) {
    const { buffer, byteOffset, byteLength } = input;
    return fromBytes(new Uint8Array(buffer, byteOffset, byteLength), "what init was given");
  }
  throw failed(110, `init takes ${ALLOWED}; it was given: ${kind(input)}`);
}

async function fetched(input: string | URL | Request): Promise<Response> {
  const address = input instanceof Object && "url" in input ? input.url : String(input);
  try {
    return await fetch(input);
  } catch (error) {
    if (isOfItsOwn(error)) throw error;
    const advice = "check the address, CORS, and connect-src of the page's Content-Security-Policy";
    throw failed(2, `the WebAssembly could not be fetched from ${address} (${advice})`, error);
  }
}

async function compiled(response: Response): Promise<WebAssembly.Module> {
  const where = response.url || "the response that init was given";
  if (!response.ok) {
    const status = `answers ${response.status} ${response.statusText}`.trim();
    const answer = response.type === "opaque" ? "cannot be read without CORS" : status;
    throw failed(303, `${where} ${answer}, and should be the WebAssembly of roamkit`);
  }
  const type = response.headers.get("Content-Type");
  if (type?.trim().toLowerCase() === "application/wasm" && WebAssembly.compileStreaming) {
    return WebAssembly.compileStreaming(response).catch((error: unknown) => refused(where, error));
  }
  // A server that does not know the type: the bytes decide.
  const bytes = await response.arrayBuffer().catch((error: unknown) => {
    throw isOfItsOwn(error) ? error : failed(2, `the WebAssembly could not be read from ${where}`, error);
  });
  return fromBytes(new Uint8Array(bytes), where, type ?? undefined);
}

async function fromBytes(bytes: Uint8Array, where: string, type?: string): Promise<WebAssembly.Module> {
  if (String.fromCharCode(...bytes.subarray(0, 4)) !== "\0asm") {
    const has = type === undefined ? "" : ` but of the type ${type}`;
    throw failed(303, `${where} is not WebAssembly${has}: does the server answer with a page where a file is missing?`);
  }
  return WebAssembly.compile(bytes as BufferSource).catch((error: unknown) => refused(where, error));
}

function refused(where: string, error: unknown): never {
  if (isOfItsOwn(error)) throw error;
  if (!(error instanceof WebAssembly.CompileError)) {
    throw failed(2, `the WebAssembly could not be read from ${where}`, error);
  }
  const byPolicy = /unsafe-eval|CSP|Content.Security/i.test(error.message);
  const why = byPolicy
    ? "script-src of the page's Content-Security-Policy must have 'wasm-unsafe-eval'"
    : "it is damaged, or this browser is too old";
  throw failed(1, `the WebAssembly from ${where} could not be compiled (${why})`, error);
}

/** Already says all it can, or is how the platform ends what was aborted. */
function isOfItsOwn(error: unknown): boolean {
  return error instanceof RoamError || (error as Partial<Error> | null)?.name === "AbortError";
}

const REASONS = { 1: "GENERAL_ERROR", 2: "NETWORK_ERROR", 110: "INVALID_PARAM", 303: "SERVER_UNKNOWN_ERROR" };

/**
 * What `init` rejects with, in the words of `src/error.rs`.
 * @internal
 */
export function failed(code: keyof typeof REASONS, message: string, cause?: unknown): RoamError {
  const because = cause === undefined ? "" : `: ${cause instanceof Error ? cause.message : String(cause)}`;
  return Object.assign(new RoamError(code, REASONS[code], message + because), cause === undefined ? {} : { cause });
}

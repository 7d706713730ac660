// Loads the WebAssembly once for all entries, from any source that an application may have.

import { instantiate, RoamError } from "./client.js";

/**
 * A source of the WebAssembly: a URL, a request, a response, the bytes, or the compiled module.
 */
export type InitInput = string | URL | Request | Response | BufferSource | CompiledModule;

/**
 * The result of `WebAssembly.compile`. TypeScript's own type has no members, so even a number would be assignable to it.
 */
export type CompiledModule = WebAssembly.Module & object;

/**
 * The same source as a named option, as other packages built with wasm-bindgen accept it.
 */
export interface InitOptions {
  /**
   * The source of the WebAssembly. By default it is the file next to this package's JS.
   */
  module_or_path?: InitInput | PromiseLike<InitInput> | undefined;
}

const ALLOWED =
  "nothing, a URL, a string with one, a Request, a Response, a promise of one of these, " +
  "bytes (ArrayBuffer, typed array), a WebAssembly.Module, or { module_or_path: one of these }";

let loading: Promise<void> | undefined;

/**
 * Loads the WebAssembly. All calls share one promise; after a failure the next call starts again.
 * @param defaultSource used if `input` is undefined
 */
export function load(input: unknown, defaultSource: () => InitInput | Promise<InitInput>): Promise<void> {
  loading ??= start(input, defaultSource).catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function start(input: unknown, defaultSource: () => InitInput | Promise<InitInput>): Promise<void> {
  const source = input !== undefined && isOptions(input) ? input.module_or_path : input;
  const module = await compile(source === undefined ? await defaultSource() : await awaitInput(source));
  try {
    await instantiate(module);
  } catch (error) {
    throw failed(1, "the WebAssembly is not the one that this version of roamkit goes with", error);
  }
}

/** The type of a value by its tag. `instanceof` would fail for an object of another window. */
const tagOf = (value: unknown) => Object.prototype.toString.call(value).slice("[object ".length, -1);

function isOptions(value: unknown): value is InitOptions {
  return tagOf(value) === "Object" && "module_or_path" in (value as object);
}

async function awaitInput(input: unknown): Promise<unknown> {
  try {
    return await input;
  } catch (error) {
    throw isFinal(error) ? error : failed(2, "the promise that init was given rejected", error);
  }
}

async function compile(input: unknown): Promise<WebAssembly.Module> {
  switch (tagOf(input)) {
    case "WebAssembly.Module":
      return input as WebAssembly.Module;
    case "String":
    case "URL":
    case "Request":
      return compileResponse(await fetchInput(input as string | URL | Request));
    case "Response":
      return compileResponse(input as Response);
    case "ArrayBuffer":
    case "SharedArrayBuffer":
      return compileBytes(new Uint8Array(input as ArrayBuffer), "what init was given");
  }
  if (ArrayBuffer.isView(input)) {
    const { buffer, byteOffset, byteLength } = input;
    return compileBytes(new Uint8Array(buffer, byteOffset, byteLength), "what init was given");
  }
  throw failed(110, `init takes ${ALLOWED}; it was given: ${tagOf(input)}`);
}

async function fetchInput(input: string | URL | Request): Promise<Response> {
  const url = input instanceof Object && "url" in input ? input.url : String(input);
  try {
    return await fetch(input);
  } catch (error) {
    if (isFinal(error)) throw error;
    const advice = "check the address, CORS, and connect-src of the page's Content-Security-Policy";
    throw failed(2, `the WebAssembly could not be fetched from ${url} (${advice})`, error);
  }
}

async function compileResponse(response: Response): Promise<WebAssembly.Module> {
  const where = response.url || "the response that init was given";
  if (!response.ok) {
    const status = `answers ${response.status} ${response.statusText}`.trim();
    const answer = response.type === "opaque" ? "cannot be read without CORS" : status;
    throw failed(303, `${where} ${answer}, and should be the WebAssembly of roamkit`);
  }
  const type = response.headers.get("Content-Type");
  if (type?.trim().toLowerCase() === "application/wasm" && WebAssembly.compileStreaming) {
    return WebAssembly.compileStreaming(response).catch((error: unknown) => compilationFailed(where, error));
  }
  // The server sent another content type, so the bytes are checked instead.
  const bytes = await response.arrayBuffer().catch((error: unknown) => {
    throw isFinal(error) ? error : failed(2, `the WebAssembly could not be read from ${where}`, error);
  });
  return compileBytes(new Uint8Array(bytes), where, type ?? undefined);
}

async function compileBytes(bytes: Uint8Array, where: string, type?: string): Promise<WebAssembly.Module> {
  if (String.fromCharCode(...bytes.subarray(0, 4)) !== "\0asm") {
    const has = type === undefined ? "" : ` but of the type ${type}`;
    throw failed(303, `${where} is not WebAssembly${has}: does the server answer with a page where a file is missing?`);
  }
  return WebAssembly.compile(bytes as BufferSource).catch((error: unknown) => compilationFailed(where, error));
}

function compilationFailed(where: string, error: unknown): never {
  if (isFinal(error)) throw error;
  if (!(error instanceof WebAssembly.CompileError)) {
    throw failed(2, `the WebAssembly could not be read from ${where}`, error);
  }
  const isBlockedByPolicy = /unsafe-eval|CSP|Content.Security/i.test(error.message);
  const reason = isBlockedByPolicy
    ? "script-src of the page's Content-Security-Policy must have 'wasm-unsafe-eval'"
    : "it is damaged, or this browser is too old";
  throw failed(1, `the WebAssembly from ${where} could not be compiled (${reason})`, error);
}

/** Returns whether an error is passed on unchanged: a `RoamError`, or the platform's `AbortError`. */
function isFinal(error: unknown): boolean {
  return error instanceof RoamError || (error as Partial<Error> | null)?.name === "AbortError";
}

const REASONS = { 1: "GENERAL_ERROR", 2: "NETWORK_ERROR", 110: "INVALID_PARAM", 303: "SERVER_UNKNOWN_ERROR" };

/**
 * Creates an error of `init`. Codes and reasons are those of `src/error.rs`.
 */
export function failed(code: keyof typeof REASONS, message: string, cause?: unknown): RoamError {
  const detail = cause === undefined ? "" : `: ${cause instanceof Error ? cause.message : String(cause)}`;
  return Object.assign(new RoamError(code, REASONS[code], message + detail), cause === undefined ? {} : { cause });
}

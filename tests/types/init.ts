// Checks the parameters and the result of `init` in each entry.

import init, { RoamClient, RoamError } from "roamkit";
import type { InitInput, InitOptions } from "roamkit";
import initInline, * as inline from "roamkit/inline";
import type { Message } from "roamkit/inline";

export async function start(module: WebAssembly.Module, response: Response, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  await init();
  await init(undefined);
  await init("/roamkit_bg.wasm");
  await init(new URL("https://example.com/roamkit_bg.wasm"));
  await init(new Request("/roamkit_bg.wasm"));
  await init(response);
  await init(fetch("/roamkit_bg.wasm"));
  await init(bytes);
  await init(bytes.buffer);
  await init(new DataView(bytes.buffer));
  await init(module);
  await init(Promise.resolve(module));
  await init({ module_or_path: "/roamkit_bg.wasm" });
  await init({ module_or_path: fetch("/roamkit_bg.wasm") });
  const input: InitInput = module;
  const options: InitOptions = { module_or_path: input };
  await init(options);
  // @ts-expect-error a number is not a location
  await init(42);
  // @ts-expect-error null is not a location
  await init(null);
  // @ts-expect-error only one location
  await init("/roamkit_bg.wasm", "/other.wasm");
  const nothing: void = await init();
  // @ts-expect-error the raw WebAssembly exports are private
  (await init()).memory;
  void nothing;
}

export async function startInlined(): Promise<void> {
  const nothing: void = await initInline();
  // @ts-expect-error no parameters
  await initInline("/roamkit_bg.wasm");
  void nothing;
}

/** Both entries export the same classes. */
export async function sameClasses(): Promise<Message[]> {
  const client: RoamClient = await inline.RoamClient.open({ appKey: "org#app", user: "alice" });
  const error: RoamError = new inline.RoamError(1, "GENERAL_ERROR", "so");
  void error;
  return (await client.loadMessages({ conversationId: "bob", conversationType: "singleChat" })).messages;
}

// @ts-expect-error not part of the public API
export { initSync } from "roamkit";
// @ts-expect-error not part of the public API
export type { InitOutput } from "roamkit";

export function close(client: RoamClient): void {
  client.close();
  // @ts-expect-error a client is closed, not freed
  client.free();
}

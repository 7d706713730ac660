// Runs the application's steps with one client. Each run returns its record.

import { arrivals, deletions, readsAndPins, removals } from "./change-steps.mjs";
import { createInitialData, sendKinds } from "./initial-data.mjs";
import { localCache } from "./local-cache-steps.mjs";
import { history, invalidArguments, lists } from "./query-steps.mjs";
import { Record } from "./record.mjs";
import { Recorder } from "./recorder.mjs";
import { beforeOpen, close, open, tokens } from "./session-steps.mjs";

const CONNECTION = [beforeOpen, open, lists, history, invalidArguments, arrivals, readsAndPins, removals, deletions, tokens, close];

/** Runs the steps of a connection. `client` is a key of `CLIENTS` in fixture.mjs. */
export function runConnection(fixture, client) {
  return run(fixture, client, CONNECTION);
}

/** Runs the steps of the local cache. */
export function runLocalCache(fixture, client) {
  return run(fixture, client, [localCache]);
}

async function run(fixture, client, groups) {
  const record = new Record();
  record.alias(fixture.server.url, "server");
  record.alias(fixture.server.url.replace("http", "ws"), "socket server");
  const data = await createInitialData(fixture, record);
  await sendKinds(record, data.other, "erin", "kept");
  const recorder = new Recorder(fixture, record, data, await fixture.application(client));
  for (const steps of groups) await steps(recorder);
  return record.normalized();
}

// Waiting with a time limit.

import { setTimeout as sleep } from "node:timers/promises";

/** Settles as `promise` does, or rejects with an error that contains `description` when the time is up. */
export async function withTimeout(promise, description, milliseconds = 30_000) {
  let timer;
  const timeout = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${milliseconds} ms: ${description}`)), milliseconds);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** Polls until `condition` is true. Rejects with an error that contains `description` when the time is up. */
export async function waitUntil(description, condition, milliseconds = 15_000) {
  for (const start = Date.now(); !(await condition()); await sleep(10)) {
    if (Date.now() - start > milliseconds) throw new Error(`not so within ${milliseconds} ms: ${description}`);
  }
}

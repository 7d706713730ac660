// Starts environments (the window or workers) and forwards the test's calls and the clients' events.

import { serveClient } from "./client-port.js";

/** Each function starts an environment and resolves with the port of its client. */
const KINDS = {
  async window() {
    const { port1, port2 } = new MessageChannel();
    serveClient(port2);
    return port1;
  },
  async dedicated(onError) {
    const worker = new Worker("/app/dedicated-worker.js", { type: "module" });
    worker.onerror = onError;
    return worker;
  },
  async shared(onError) {
    const worker = new SharedWorker("/app/shared-worker.js", { type: "module" });
    worker.onerror = onError;
    return worker.port;
  },
  async service() {
    const registration = await navigator.serviceWorker.register("/app/service-worker.js", { type: "module" });
    const worker = registration.installing ?? registration.waiting ?? registration.active;
    await new Promise((resolve) => {
      const check = () => worker.state === "activated" && resolve();
      worker.onstatechange = check;
      check();
    });
    const { port1, port2 } = new MessageChannel();
    worker.postMessage(null, [port2]);
    return port1;
  },
};

const environments = new Map();

/** For each time the page was hidden or frozen: whether a transaction was still running. */
window.transactionInterrupted = [];
/**
 * Blocks the page in the middle of its next write to the local copy, until `address` answers. With `next` the page
 * starts a navigation before it blocks.
 */
window.blockInNextWrite = (address, next) => {
  const { transaction } = IDBDatabase.prototype;
  IDBDatabase.prototype.transaction = function (stores, mode, ...more) {
    const started = transaction.call(this, stores, mode, ...more);
    if (mode !== "readwrite") return started;
    IDBDatabase.prototype.transaction = transaction;
    let running = true;
    for (const end of ["complete", "abort"]) started.addEventListener(end, () => (running = false));
    const record = () => window.transactionInterrupted.push(running);
    addEventListener("pagehide", record, { once: true });
    document.addEventListener("freeze", record, { once: true });
    if (next) location.href = next;
    const request = new XMLHttpRequest();
    request.open("GET", address, false);
    request.send();
    return started;
  };
};

/** For each time the page was shown: whether it came out of the back/forward cache. */
window.pageShows = [];
addEventListener("pageshow", ({ persisted }) => window.pageShows.push(persisted));

window.environments = {
  async start(name, kind) {
    const environment = { pending: [] };
    const onError = (event) => void window.report(name, "failed", String(event.message ?? "the worker's script did not load"));
    environment.port = await KINDS[kind](onError);
    environment.port.onmessage = ({ data: { id, event, value, error } }) => {
      if (event) void window.report(name, event, value);
      else environment.pending[id]({ value, error });
    };
    environments.set(name, environment);
  },
  /** Resolves with `{ value }` or `{ error }`. */
  call(name, method, args) {
    const { port, pending } = environments.get(name);
    return new Promise((resolve) => port.postMessage({ id: pending.push(resolve) - 1, method, args }));
  },
};

// Starts the places that use the package, and hands on what a test asks of them and what they tell.

import { serve } from "./serve.js";

/** Each resolves with the port at which the place answers. */
const KINDS = {
  async window() {
    const { port1, port2 } = new MessageChannel();
    serve(port2);
    return port1;
  },
  async dedicated(fail) {
    const worker = new Worker("/app/dedicated.js", { type: "module" });
    worker.onerror = fail;
    return worker;
  },
  async shared(fail) {
    const worker = new SharedWorker("/app/shared.js", { type: "module" });
    worker.onerror = fail;
    return worker.port;
  },
  async service() {
    const registration = await navigator.serviceWorker.register("/app/service.js", { type: "module" });
    const worker = registration.installing ?? registration.waiting ?? registration.active;
    await new Promise((resolve) => {
      const look = () => worker.state === "activated" && resolve();
      worker.onstatechange = look;
      look();
    });
    const { port1, port2 } = new MessageChannel();
    worker.postMessage(null, [port2]);
    return port1;
  },
};

const places = new Map();

/** Whether a transaction was cut off, each time that the page was put away. */
window.cut = [];
/**
 * The page stands still in the middle of the next write to the local copy, for as long as that address does not answer.
 * It may be on its way to another page by then.
 */
window.stopInWrite = (address, next) => {
  const { transaction } = IDBDatabase.prototype;
  IDBDatabase.prototype.transaction = function (stores, mode, ...more) {
    const begun = transaction.call(this, stores, mode, ...more);
    if (mode !== "readwrite") return begun;
    IDBDatabase.prototype.transaction = transaction;
    let running = true;
    for (const end of ["complete", "abort"]) begun.addEventListener(end, () => (running = false));
    const away = () => window.cut.push(running);
    addEventListener("pagehide", away, { once: true });
    document.addEventListener("freeze", away, { once: true });
    if (next) location.href = next;
    const request = new XMLHttpRequest();
    request.open("GET", address, false);
    request.send();
    return begun;
  };
};

/** Whether the page came out of the back/forward cache, each time that it was shown. */
window.shown = [];
addEventListener("pageshow", ({ persisted }) => window.shown.push(persisted));

window.places = {
  async start(name, kind) {
    const place = { waiting: [] };
    const fail = (event) => void window.report(name, "failed", String(event.message ?? "the worker's script did not load"));
    place.port = await KINDS[kind](fail);
    place.port.onmessage = ({ data: { id, event, value, error } }) => {
      if (event) void window.report(name, event, value);
      else place.waiting[id]({ value, error });
    };
    places.set(name, place);
  },
  /** Resolves with `{ value }` or `{ error }`. */
  call(name, method, args) {
    const { port, waiting } = places.get(name);
    return new Promise((resolve) => port.postMessage({ id: waiting.push(resolve) - 1, method, args }));
  },
};

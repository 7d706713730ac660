// Loading all of a conversation into the local copy: how far it is, and a way to stop. What is there already is
// passed over without a request, so the next time goes on where this one stopped.

import { part } from "./dom.js";
import { t } from "./i18n.js";

export class HistoryLoading {
  /** Called with the number of messages when all are here. */
  onDone = () => {};
  /** Called when the person stopped it. */
  onStopped = () => {};
  /** Called with what went wrong. */
  onError = () => {};
  #bar;
  #progress;
  #text;
  #abort;

  constructor(bar) {
    this.#bar = bar;
    this.#progress = part(bar, "progress");
    this.#text = part(bar, "progress-text");
    part(bar, "stop-loading").addEventListener("click", () => {
      this.stop();
      this.onStopped();
    });
  }

  get running() {
    return this.#abort !== undefined;
  }

  async start(device, conversation) {
    this.stop();
    const abort = new AbortController();
    this.#abort = abort;
    this.#show(0);
    this.#bar.hidden = false;
    try {
      const count = await this.#walk(device, conversation, abort.signal);
      if (!abort.signal.aborted) this.onDone(count);
    } catch (error) {
      if (!abort.signal.aborted) this.onError(error);
    } finally {
      if (this.#abort === abort) this.stop();
    }
  }

  stop() {
    this.#abort?.abort();
    this.#abort = undefined;
    this.#bar.hidden = true;
  }

  /** Nobody says how many messages there are, but the first one's time is known: time passed over is progress. */
  async #walk(device, conversation, signal) {
    const begin = await device.beginOf(conversation, signal);
    let count = 0;
    let newest;
    for await (const messages of device.walk(conversation, signal)) {
      if (signal.aborted) break;
      newest ??= messages[0]?.timestamp;
      const oldest = messages.at(-1)?.timestamp ?? begin;
      count += messages.length;
      this.#show(count, begin < newest ? (newest - oldest) / (newest - begin) : 1);
    }
    return count;
  }

  #show(count, share) {
    if (share === undefined) this.#progress.removeAttribute("value");
    else this.#progress.value = Math.min(1, share);
    this.#text.textContent = t("loadedSoFar", count);
  }
}

// Loads a whole conversation into the local copy, with a progress bar and a stop button. Complete pages of the local copy
// need no request, so the next run continues where the last one stopped.

import { part } from "./dom.js";
import { t } from "./i18n.js";

export class HistoryLoading {
  /** Called with the number of messages when all are loaded. */
  onDone = () => {};
  /** Called when the user stops it. */
  onStopped = () => {};
  /** Called with an error. */
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

  /** The number of messages is unknown. The time span that was loaded serves as the progress. */
  async #walk(device, conversation, signal) {
    const begin = await device.timeOfFirstMessage(conversation, signal);
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

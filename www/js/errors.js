// Errors in words: what was tried, what was wrong, and what helps.

import { el, icon } from "./dom.js";
import { t } from "./i18n.js";

const SHOWN_AT_MOST = 3;

/** The words for an error. `advice` is by the error's code. */
export function inWords(error) {
  const advice = t("advice");
  const code = typeof error?.code === "number" && error.reason ? error.code : undefined;
  return {
    what: String(error?.message ?? error),
    kind: code === undefined ? (error?.name ?? "Error") : `${code} ${error.reason}`,
    advice: advice[code] ?? advice.other,
  };
}

/** A region that shows errors until they are closed, and notes that go by themselves. */
export class Notices {
  constructor(region) {
    this.region = region;
  }

  /** `tried` is a key such as `whileReading`. */
  error(tried, error) {
    console.debug(t(tried), error);
    const { what, kind, advice } = inWords(error);
    this.#show(
      "alert",
      el("p", { class: "notice-title" }, t(tried)),
      el("p", { dir: "auto" }, what),
      el("p", { class: "notice-advice" }, advice, " ", el("code", {}, kind)),
    );
  }

  note(text) {
    const notice = this.#show("status", el("p", {}, text));
    setTimeout(() => notice.remove(), 5000);
  }

  clear() {
    this.region.replaceChildren();
  }

  #show(role, ...content) {
    const notice = el(
      "div",
      { class: `notice notice-${role}`, role },
      el("div", { class: "notice-text" }, ...content),
      el(
        "button",
        { type: "button", class: "icon-button", "aria-label": t("close"), onclick: () => notice.remove() },
        icon("close"),
      ),
    );
    while (this.region.children.length >= SHOWN_AT_MOST) this.region.firstElementChild.remove();
    this.region.append(notice);
    return notice;
  }
}

// Notices and error messages: what was attempted, what went wrong, and what helps.

import { el, icon } from "./dom.js";
import { t } from "./i18n.js";

const MAX_SHOWN = 3;

/** Describes an error. The advice depends on its code. */
export function describeError(error) {
  const advice = t("advice");
  const code = typeof error?.code === "number" && error.reason ? error.code : undefined;
  return {
    message: String(error?.message ?? error),
    kind: code === undefined ? (error?.name ?? "Error") : `${code} ${error.reason}`,
    advice: advice[code] ?? advice.other,
  };
}

/** A region of the page. Errors stay until the user closes them; notices disappear by themselves. */
export class Notices {
  constructor(region) {
    this.region = region;
  }

  /** `attempted` is a text key such as `whileReading`. */
  showError(attempted, error) {
    console.debug(t(attempted), error);
    const { message, kind, advice } = describeError(error);
    this.#show(
      "alert",
      el("p", { class: "notice-title" }, t(attempted)),
      el("p", { dir: "auto" }, message),
      el("p", { class: "notice-advice" }, advice, " ", el("code", {}, kind)),
    );
  }

  showNotice(text) {
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
    while (this.region.children.length >= MAX_SHOWN) this.region.firstElementChild.remove();
    this.region.append(notice);
    return notice;
  }
}

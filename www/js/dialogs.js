// Modal dialogs. The browser keeps the focus inside a <dialog> and restores it afterwards.

import { el } from "./dom.js";
import { fromInput, toInput } from "./format.js";
import { t } from "./i18n.js";

/** Shows a dialog. Resolves with the form's fields, or undefined if the user cancels. */
function ask({ title, text, fields = [], action, danger }) {
  const heading = el("h2", { id: "dialog-title" }, title);
  const form = el(
    "form",
    { method: "dialog" },
    heading,
    text ? el("p", { id: "dialog-text" }, text) : null,
    ...fields,
    el(
      "div",
      { class: "dialog-buttons" },
      // Enter in a field clicks the form's first submit button, which must be the action.
      el("button", { value: "yes", class: danger ? "button danger" : "button primary" }, action),
      el("button", { value: "no", class: "button", formnovalidate: true }, t("cancel")),
    ),
  );
  const dialog = el(
    "dialog",
    { class: "dialog", "aria-labelledby": "dialog-title", "aria-describedby": text ? "dialog-text" : null },
    form,
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      const answer = dialog.returnValue === "yes" ? new FormData(form) : undefined;
      dialog.remove();
      resolve(answer);
    });
  });
}

export async function confirmRemoval(count) {
  const answer = await ask({
    title: t("removeQuestion", count),
    text: t("removeExplained"),
    action: t("remove"),
    danger: true,
  });
  return answer !== undefined;
}

/** Asks for a time. Resolves with milliseconds, or undefined. */
export function askRemovalTime(time) {
  return askTime(time, {
    title: t("removeUpToQuestion"),
    text: t("removeUpToExplained"),
    label: t("removeUpToLabel"),
    action: t("remove"),
    danger: true,
  });
}

/** Asks for a time. Resolves with milliseconds, or undefined. */
export function askJumpTime(time) {
  return askTime(time, { title: t("jumpQuestion"), label: t("jumpLabel"), action: t("jump") });
}

async function askTime(time, { label, ...question }) {
  const value = toInput(time);
  const input = el("input", { type: "datetime-local", name: "time", step: "0.001", required: true, value });
  const field = el("label", { class: "field" }, el("span", {}, label), input);
  const answer = await ask({ ...question, fields: [field] });
  return answer && fromInput(answer.get("time"));
}

/** Resolves with `{ isDeleteServerMessages }`, or undefined. */
export async function confirmDeletion(title) {
  const box = el("input", { type: "checkbox", name: "history", class: "switch", role: "switch" });
  const field = el("label", { class: "switch-field" }, box, el("span", {}, t("deleteHistory")));
  const answer = await ask({
    title: t("deleteQuestion", title),
    text: t("deleteExplained"),
    fields: [field],
    action: t("delete"),
    danger: true,
  });
  return answer && { isDeleteServerMessages: answer.get("history") === "on" };
}

// The page's words in the reader's language. Words with a number in them are functions.

import en from "./words/en.js";
import zh from "./words/zh.js";
import { memory } from "./memory.js";
import { settings } from "./settings.js";

const all = { en, zh };

export const languages = [
  ["en", "English"],
  ["zh", "中文"],
];
export const language = pick();
/** With the reader's region, where it is of that language: it decides how times read. */
export const locale = navigator.languages.find((wish) => wish.slice(0, 2) === language) ?? language;
const words = all[language];

function pick() {
  const wishes = [settings.language, memory.language(), ...navigator.languages];
  return wishes.map((wish) => wish?.slice(0, 2)).find((wish) => wish in all) ?? "en";
}

/** The words for `key`. */
export function t(key, ...values) {
  const found = words[key] ?? en[key] ?? key;
  return typeof found === "function" ? found(...values) : found;
}

/** Fills in the words that the page itself names: `data-t` for text, `data-t-label` for an accessible name. */
export function translate(root) {
  for (const node of root.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
  for (const node of root.querySelectorAll("[data-t-label]")) {
    const label = t(node.dataset.tLabel);
    node.setAttribute("aria-label", label);
    if (node.matches("button")) node.title = label;
  }
}

// The page's texts in the user's language. A text with parameters is a function.

import en from "./texts/en.js";
import zh from "./texts/zh.js";
import { storage } from "./storage.js";
import { settings } from "./settings.js";

const translations = { en, zh };

export const languages = [
  ["en", "English"],
  ["zh", "中文"],
];
export const language = pick();
/** The locale for formatting times: the browser's locale of that language, with its region, if there is one. */
export const locale = navigator.languages.find((tag) => tag.slice(0, 2) === language) ?? language;
const texts = translations[language];

function pick() {
  const candidates = [settings.language, storage.language(), ...navigator.languages];
  return candidates.map((tag) => tag?.slice(0, 2)).find((code) => code in translations) ?? "en";
}

/** The text for `key`. */
export function t(key, ...values) {
  const found = texts[key] ?? en[key] ?? key;
  return typeof found === "function" ? found(...values) : found;
}

/** Fills in the texts of static elements: `data-t` is the key of a text, `data-t-label` of an accessible name. */
export function translate(root) {
  for (const node of root.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
  for (const node of root.querySelectorAll("[data-t-label]")) {
    const label = t(node.dataset.tLabel);
    node.setAttribute("aria-label", label);
    if (node.matches("button")) node.title = label;
  }
}

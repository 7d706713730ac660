// Light and dark mode: the system's setting, unless the user chooses. This module runs before the first paint.

import { storage } from "./storage.js";

const dark = matchMedia("(prefers-color-scheme: dark)");

const isDark = () => (storage.theme() ?? (dark.matches ? "dark" : "light")) === "dark";

function apply() {
  const chosen = storage.theme();
  if (chosen) document.documentElement.dataset.theme = chosen;
}

/** Makes a button toggle dark mode. */
export function themeSwitch(button) {
  const show = () => button.setAttribute("aria-pressed", String(isDark()));
  button.addEventListener("click", () => {
    storage.setTheme(isDark() ? "light" : "dark");
    apply();
    show();
  });
  dark.addEventListener("change", show);
  show();
}

apply();

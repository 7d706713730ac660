// Light or dark: as the system has it until the person chooses. Runs before the page is painted.

import { memory } from "./memory.js";

const dark = matchMedia("(prefers-color-scheme: dark)");

const isDark = () => (memory.theme() ?? (dark.matches ? "dark" : "light")) === "dark";

function apply() {
  const chosen = memory.theme();
  if (chosen) document.documentElement.dataset.theme = chosen;
}

/** The button that turns the lights off and on. */
export function themeSwitch(button) {
  const show = () => button.setAttribute("aria-pressed", String(isDark()));
  button.addEventListener("click", () => {
    memory.setTheme(isDark() ? "light" : "dark");
    apply();
    show();
  });
  dark.addEventListener("change", show);
  show();
}

apply();

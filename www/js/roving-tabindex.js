// A roving tabindex: a list has one tab stop, and the arrow keys move the focus inside it.

/** Lets the arrow keys, Home and End move the focus among `selector` in `list`, and calls `onMove(to, event, from)`. */
export function rovingTabindex(list, selector, onMove = () => {}) {
  const items = () => [...list.querySelectorAll(selector)];

  list.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const all = items();
    const current = all.indexOf(document.activeElement.closest(selector));
    const to = { ArrowDown: current + 1, ArrowUp: current - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined || all.length === 0) return;
    event.preventDefault();
    // If the focused item was removed from the list, the first item in view gets the focus.
    const target = current < 0 ? firstInView(all) : all[Math.max(0, Math.min(all.length - 1, to))];
    focusOn(target);
    onMove(target, event, all[current] ?? target);
  });
  list.addEventListener("focusin", (event) => {
    const item = event.target.closest(selector);
    if (item) makeTabStop(item);
  });

  function firstInView(all) {
    const { top } = list.parentElement.getBoundingClientRect();
    return all.find((item) => item.getBoundingClientRect().top >= top) ?? all[0];
  }
  function makeTabStop(item) {
    for (const other of list.querySelectorAll(`${selector}[tabindex="0"]`)) other.tabIndex = -1;
    item.tabIndex = 0;
  }
  function focusOn(item) {
    makeTabStop(item);
    item.focus();
  }
  /** Restores exactly one tab stop after the list has changed. */
  function ensureTabStop(preferred) {
    const stop = preferred ?? list.querySelector(`${selector}[tabindex="0"]`) ?? list.querySelector(selector);
    if (stop) makeTabStop(stop);
  }
  return { focusOn, ensureTabStop };
}

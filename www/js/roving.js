// One tab stop for a whole list: the arrow keys move inside it, Tab leaves it.

/** Lets the arrow keys, Home and End move focus among `selector` in `list`; `onMove(to, event, from)` follows. */
export function roving(list, selector, onMove = () => {}) {
  const items = () => [...list.querySelectorAll(selector)];

  list.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const all = items();
    const here = all.indexOf(document.activeElement.closest(selector));
    const to = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined || all.length === 0) return;
    event.preventDefault();
    // The one that had focus may have left the list: it goes on with what is in sight.
    const target = here < 0 ? inSight(all) : all[Math.max(0, Math.min(all.length - 1, to))];
    focusOn(target);
    onMove(target, event, all[here] ?? target);
  });
  list.addEventListener("focusin", (event) => {
    const item = event.target.closest(selector);
    if (item) makeStop(item);
  });

  function inSight(all) {
    const { top } = list.parentElement.getBoundingClientRect();
    return all.find((item) => item.getBoundingClientRect().top >= top) ?? all[0];
  }
  function makeStop(item) {
    for (const other of list.querySelectorAll(`${selector}[tabindex="0"]`)) other.tabIndex = -1;
    item.tabIndex = 0;
  }
  function focusOn(item) {
    makeStop(item);
    item.focus();
  }
  /** After a change: there must be exactly one stop. */
  function settle(preferred) {
    const stop = preferred ?? list.querySelector(`${selector}[tabindex="0"]`) ?? list.querySelector(selector);
    if (stop) makeStop(stop);
  }
  return { focusOn, settle };
}

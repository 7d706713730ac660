// Long presses by touch. They select a message, as Space does on a keyboard.

const LONG_PRESS_MS = 450;
/** A finger that moves farther, in pixels, scrolls and does not press. */
const MAX_MOVEMENT = 10;

/** Calls `onLongPress(element)` for a long press on a `selector` in `list`. The tap at its end is suppressed. */
export function longPress(list, selector, onLongPress) {
  let timer;
  let start;

  const cancel = () => clearTimeout(timer);
  list.addEventListener("pointerdown", (event) => {
    cancel();
    const item = event.pointerType === "touch" && event.isPrimary && event.target.closest(selector);
    if (!item) return;
    start = event;
    timer = setTimeout(() => {
      suppressTap();
      onLongPress(item);
    }, LONG_PRESS_MS);
  });
  list.addEventListener("pointermove", (event) => {
    if (start && Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY) > MAX_MOVEMENT) cancel();
  });
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) list.addEventListener(end, cancel);
  list.addEventListener("contextmenu", (event) => {
    if (event.pointerType === "touch") event.preventDefault();
  });
}

/** Suppresses the click at the end of a long press, which could hit a button that appeared meanwhile. */
function suppressTap() {
  const suppress = (event) => {
    event.stopImmediatePropagation();
    event.preventDefault();
    end();
  };
  const end = () => {
    removeEventListener("click", suppress, { capture: true });
    removeEventListener("pointerdown", end, { capture: true });
  };
  addEventListener("click", suppress, { capture: true });
  addEventListener("pointerdown", end, { capture: true });
}

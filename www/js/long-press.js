// Holding a finger on a message: what the right mouse button, or Space, is elsewhere.

const HELD_MS = 450;
/** A finger that moves so many pixels scrolls. */
const STILL = 10;

/** Calls `onHeld(element)` when a finger is held on a `selector` in `list`; the tap that ends it does nothing else. */
export function longPress(list, selector, onHeld) {
  let timer;
  let start;

  const cancel = () => clearTimeout(timer);
  list.addEventListener("pointerdown", (event) => {
    cancel();
    const item = event.pointerType === "touch" && event.isPrimary && event.target.closest(selector);
    if (!item) return;
    start = event;
    timer = setTimeout(() => {
      swallowTap();
      onHeld(item);
    }, HELD_MS);
  });
  list.addEventListener("pointermove", (event) => {
    if (start && Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY) > STILL) cancel();
  });
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) list.addEventListener(end, cancel);
  list.addEventListener("contextmenu", (event) => {
    if (event.pointerType === "touch") event.preventDefault();
  });
}

/** Where the finger is lifted may be a button by then, that was not there when it came down. */
function swallowTap() {
  const swallow = (event) => {
    event.stopImmediatePropagation();
    event.preventDefault();
    end();
  };
  const end = () => {
    removeEventListener("click", swallow, { capture: true });
    removeEventListener("pointerdown", end, { capture: true });
  };
  addEventListener("click", swallow, { capture: true });
  addEventListener("pointerdown", end, { capture: true });
}

// The messages of one conversation, loaded as they are scrolled to, in both directions.

import { part } from "./dom.js";
import { conversationTitle, preview, userName } from "./format.js";
import { HistoryRows } from "./history-rows.js";
import { HistoryWindow } from "./history-window.js";
import { t } from "./i18n.js";
import { longPress } from "./long-press.js";
import { Outline } from "./outline.js";
import { roving } from "./roving.js";
import { LIMIT, Selection } from "./selection.js";

/** Pixels from an edge at which the next page is fetched. */
const NEAR = 1200;
/** Pages without one readable message that are passed over before the person must scroll again. */
const EMPTY_PAGES = 10;

export class HistoryView {
  /** Called with (key of what was tried, error). */
  onError = () => {};
  /** Called when the selection has changed. */
  onSelection = () => {};
  /** Called with the ids that Delete, or the bar's button, asks to remove. */
  onRemove = () => {};
  /** Called with a sentence when the person should know a limit. */
  onNote = () => {};
  selection = new Selection();
  conversation;
  #device;
  #scroller;
  #list;
  #top;
  #bottom;
  #status;
  #toNewest;
  #roving;
  #rows;
  #outline = new Outline();
  #seeking = false;
  #window = new HistoryWindow();
  #generation = 0;
  #busy = { up: false, down: false };
  #selecting = false;
  #missed = 0;

  constructor(root, device) {
    this.#device = device;
    this.#scroller = part(root, "scroller");
    this.#list = part(root, "messages");
    this.#rows = new HistoryRows(this.#scroller, this.#list, part(root, "space-above"), part(root, "space-below"));
    this.#top = part(root, "top-edge");
    this.#bottom = part(root, "bottom-edge");
    this.#status = part(root, "history-status");
    this.#toNewest = part(root, "to-newest");
    this.#roving = roving(this.#list, '[role="option"]', (row, event, from) => {
      if (event.shiftKey) this.#extendTo(row.dataset.id, from.dataset.id);
    });
    this.#keepBottom();
    this.#scroller.addEventListener("scroll", () => this.#onScroll(), { passive: true });
    longPress(this.#list, '[role="option"]', (row) => {
      this.#roving.focusOn(row);
      this.#toggle(row.dataset.id);
    });
    this.#list.addEventListener("click", (event) => this.#onClick(event));
    this.#list.addEventListener("keydown", (event) => this.#onKey(event));
    this.#toNewest.addEventListener("click", () => this.jump({ direction: "up" }));
  }

  get messages() {
    return this.#window.messages;
  }
  get selecting() {
    return this.#selecting;
  }

  async open(conversation) {
    this.conversation = conversation;
    this.#list.setAttribute("aria-label", t("messagesWith", conversationTitle(conversation)));
    this.#list.classList.toggle("in-group", conversation.conversationType !== "singleChat");
    this.setSelecting(false);
    this.#outline = new Outline();
    this.#rows.forget();
    await this.jump({ direction: "up" });
    this.readOutline();
  }

  /** Learns how long the part of the history is that this device has whole, and makes the scrollbar so long. */
  async readOutline() {
    const { conversation } = this;
    const outline = new Outline();
    this.#outline = outline;
    const wanted = () => outline === this.#outline && conversation === this.conversation;
    try {
      await outline.read((start) => this.#device.localPage(conversation, start), wanted);
    } catch (error) {
      if (wanted()) this.onError("whileReading", error);
    }
    if (!wanted()) return;
    this.#window.place(outline);
    this.#render();
  }

  close() {
    this.#generation += 1;
    this.conversation = undefined;
    this.#outline = new Outline();
    this.#window = new HistoryWindow();
    this.setSelecting(false);
    this.#render();
  }

  /** Starts anew at an end, or at a time: `{ direction: "up" }` is the newest, `"down"` the oldest. */
  async jump({ direction, startTime }) {
    const generation = ++this.#generation;
    this.#busy = { up: false, down: false };
    this.#missed = 0;
    this.#list.setAttribute("aria-busy", "true");
    try {
      const page = await this.#device.page(this.conversation, { direction, startTime });
      if (generation !== this.#generation) return;
      this.#window = HistoryWindow.of(page, direction, startTime === undefined);
      this.#window.place(this.#outline);
      if (page.error) this.onError("whileReading", page.error);
    } catch (error) {
      if (generation !== this.#generation) return;
      this.#window = new HistoryWindow();
      this.#window.oldest.reached = this.#window.newest.reached = true;
      this.#window.oldest.sure = false;
      this.onError("whileReading", error);
    } finally {
      if (generation === this.#generation) this.#list.removeAttribute("aria-busy");
    }
    this.#render();
    if (direction === "up") this.#scroller.scrollTop = this.#scroller.scrollHeight;
    else this.#scroller.scrollTop = startTime === undefined ? 0 : this.#list.offsetTop;
    const edge = direction === "up" ? this.#list.lastElementChild : this.#list.querySelector('[role="option"]');
    this.#roving.settle(edge ?? undefined);
    this.#fill();
  }

  /** The device's network came or went: what only the local copy said is asked again. */
  async networkChanged() {
    if (!this.conversation) return;
    const atEnd = this.#fromBottom() < NEAR;
    if (atEnd || this.#window.unsure.size > 0) return this.jump({ direction: "up" });
    this.#window.reopenEdges();
    this.#render();
    this.#fill();
  }

  /** A message arrived in this conversation. */
  receive(message) {
    const follow = this.#fromBottom() < 80;
    this.#outline.arrived += 1;
    if (!this.#window.append(message)) this.#missed += 1;
    else if (!follow) this.#missed += 1;
    this.#render();
    if (follow && this.#window.newest.reached) this.#scroller.scrollTop = this.#scroller.scrollHeight;
    if (message.direction === "receive") {
      this.#status.textContent = t("newMessageFrom", userName(message.from), preview(message.body));
    }
  }

  /** Messages are gone, by ids or up to a time; with neither, whatever the local copy no longer has. */
  dropped({ msgIdList, time }) {
    if (!msgIdList && time === undefined) return this.jump({ direction: "up" });
    const focused = this.#focusedId();
    const at = this.#window.messages.findIndex(({ id }) => id === focused);
    const gone = msgIdList ? this.#window.remove(msgIdList) : this.#window.removeUpTo(time);
    // Also those that have left the window may be selected.
    this.selection.drop(msgIdList ?? gone);
    this.#render();
    if (focused && gone.includes(focused)) this.#focusNear(at);
    this.#changed();
    if (time !== undefined) this.readOutline();
    if (this.#window.messages.length === 0) return this.jump({ direction: "up" });
    this.#fill();
  }

  setSelecting(on) {
    this.#selecting = on;
    if (!on) this.selection.clear();
    this.#list.classList.toggle("selecting", on);
    this.#changed();
  }

  focus() {
    const row = this.#list.querySelector('[role="option"][tabindex="0"]');
    if (row) this.#roving.focusOn(row);
  }

  // Loading

  /** Where the pane grows or shrinks, it does so at its top: what stood at the bottom stays there. */
  #keepBottom() {
    let height = 0;
    new ResizeObserver(() => {
      const { clientHeight } = this.#scroller;
      if (height > 0 && clientHeight > 0) this.#scroller.scrollTop += height - clientHeight;
      height = clientHeight;
    }).observe(this.#scroller);
  }

  #onScroll() {
    if (this.#rows.isOutOfSight()) this.#seek();
    this.#fill();
    if (this.#fromBottom() < 80 && this.#window.newest.reached) this.#missed = 0;
    this.#showToNewest();
  }

  #fill() {
    if (!this.conversation || this.#seeking) return;
    const { above, below } = this.#rows.beyond();
    if (above < NEAR) this.#load("up");
    if (below < NEAR) this.#load("down");
  }

  /** The person scrolled far away from what is loaded: what stands there is read from the local copy. */
  async #seek() {
    if (this.#seeking) return;
    const generation = ++this.#generation;
    this.#busy = { up: false, down: false };
    this.#seeking = true;
    try {
      for (let tries = 0; tries < 20 && this.#rows.isOutOfSight(); tries += 1) {
        const at = this.#rows.indexInSight();
        const found = await this.#outline.windowAt(at, (start, direction) => this.#device.page(this.conversation, { start, direction }));
        if (generation !== this.#generation) return;
        if (!found) break;
        this.#window = found;
        this.#render();
        this.#rows.bringIntoSight(at);
      }
    } catch (error) {
      if (generation === this.#generation) this.onError("whileReading", error);
    } finally {
      this.#seeking = false;
    }
    if (generation === this.#generation) this.#fill();
  }

  async #load(direction) {
    const edge = direction === "up" ? this.#window.oldest : this.#window.newest;
    const start = this.#window.start(direction);
    if (edge.reached || this.#busy[direction] || start === undefined) return;
    const generation = this.#generation;
    this.#busy[direction] = true;
    this.#showEdges();
    let failed = false;
    try {
      await this.#loadPage(direction, start, generation);
    } catch (error) {
      failed = true;
      if (generation === this.#generation) {
        edge.reached = true;
        edge.sure = false;
        this.onError("whileReading", error);
      }
    }
    if (generation !== this.#generation) return;
    this.#busy[direction] = false;
    this.#render();
    if (!failed) this.#fill();
  }

  async #loadPage(direction, start, generation) {
    for (let passed = 0; passed < EMPTY_PAGES; passed += 1) {
      const page = await this.#device.page(this.conversation, { direction, start });
      if (generation !== this.#generation) return;
      this.#window.add(page, direction);
      if (page.error) this.onError("whileReading", page.error);
      if (page.messages.length > 0 || page.isLast || !page.cursor || page.cursor === start) return;
      start = page.cursor;
    }
  }

  // Showing

  #fromBottom() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight;
  }

  #render() {
    const focused = this.#focusedId();
    this.#rows.show(this.#window);
    // The arrow keys go on where the person looks, also when the page has let go of what had focus.
    if (focused && !this.#rows.rowOf(focused)) this.#list.focus({ preventScroll: true });
    this.#showEdges();
    this.#showSelection();
    this.#showToNewest();
    this.#roving.settle();
    this.#rows.hold();
  }

  #showEdges() {
    const { messages, oldest } = this.#window;
    const offline = !this.#device.online;
    this.#top.className = "edge";
    this.#bottom.className = "edge";
    this.#bottom.textContent = this.#busy.down ? t("loading") : "";
    this.#bottom.hidden = !this.#busy.down;
    this.#top.hidden = !this.conversation;
    if (messages.length === 0 && oldest.reached) {
      this.#top.classList.add("empty");
      this.#top.textContent = t(offline && !oldest.sure ? "noMessagesOffline" : "noMessages");
    } else if (oldest.reached) {
      this.#top.classList.toggle("unsure-edge", !oldest.sure);
      this.#top.textContent = t(oldest.sure ? "beginning" : "localEnd");
    } else {
      this.#top.classList.add("loading");
      this.#top.textContent = t("loading");
    }
  }

  #showToNewest() {
    const away = this.#window.messages.length > 0 && (!this.#window.newest.reached || this.#fromBottom() > 400);
    this.#toNewest.hidden = !away && this.#missed === 0;
    part(this.#toNewest, "label").textContent = this.#missed > 0 ? t("newer", this.#missed) : t("newest");
  }

  // Selecting

  #onClick(event) {
    const row = event.target.closest('[role="option"]');
    if (!row) return;
    this.#roving.focusOn(row);
    if (event.shiftKey) this.#extendTo(row.dataset.id);
    else if (this.#selecting) this.#toggle(row.dataset.id);
  }

  #onKey(event) {
    const id = this.#focusedId();
    if (event.key === " " && id) {
      event.preventDefault();
      if (event.shiftKey) this.#extendTo(id);
      else this.#toggle(id);
    } else if (event.key === "Escape" && this.#selecting) {
      event.preventDefault();
      this.setSelecting(false);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      const ids = this.selection.size > 0 ? this.selection.ids : [id].filter(Boolean);
      if (ids.length > 0) this.onRemove(ids);
    }
  }

  #toggle(id) {
    this.#select(() => this.selection.toggle(id));
  }

  /** Selects a range; where none has begun, it begins at `from`. */
  #extendTo(id, from = id) {
    this.#select(() => {
      if (this.selection.size === 0) this.selection.toggle(from);
      return this.selection.extendTo(id, this.#window.messages.map((message) => message.id));
    });
  }

  #select(change) {
    if (!this.#selecting) this.setSelecting(true);
    if (!change()) this.onNote(t("limit", LIMIT));
    this.#changed();
  }

  #changed() {
    this.#showSelection();
    this.onSelection();
  }

  #showSelection() {
    for (const row of this.#list.querySelectorAll('[role="option"]')) {
      const selected = String(this.selection.has(row.dataset.id));
      if (row.ariaSelected !== selected) row.ariaSelected = selected;
    }
  }

  #focusedId() {
    return this.#list.contains(document.activeElement)
      ? document.activeElement.closest('[role="option"]')?.dataset.id
      : undefined;
  }

  #focusNear(at) {
    const { messages } = this.#window;
    const near = messages[Math.min(at, messages.length - 1)];
    if (near) this.#roving.focusOn(this.#rows.rowOf(near.id));
    else this.#list.focus();
  }
}

// The messages of one conversation. Scrolling loads more in both directions.

import { part } from "./dom.js";
import { conversationTitle, preview, userName } from "./format.js";
import { HistoryRows } from "./history-rows.js";
import { HistoryWindow } from "./history-window.js";
import { t } from "./i18n.js";
import { longPress } from "./long-press.js";
import { HistoryIndex } from "./history-index.js";
import { rovingTabindex } from "./roving-tabindex.js";
import { LIMIT, Selection } from "./selection.js";

/** The distance from an edge, in pixels, at which the next page is loaded. */
const LOAD_DISTANCE = 1200;
/** The maximum number of empty pages to skip at once. They contain only messages that cannot be read. */
const MAX_EMPTY_PAGES = 10;

export class HistoryView {
  /** Called with (text key of the attempted action, error). */
  onError = () => {};
  /** Called when the selection has changed. */
  onSelection = () => {};
  /** Called with the ids to remove when the user presses Delete. */
  onRemove = () => {};
  /** Called with a text to show as a notice. */
  onNotice = () => {};
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
  #index = new HistoryIndex();
  #seeking = false;
  #window = new HistoryWindow();
  #generation = 0;
  #busy = { up: false, down: false };
  #selecting = false;
  #unseen = 0;
  /** The latest jump, which replaces those before it. */
  #jump = Promise.resolve();

  constructor(root, device) {
    this.#device = device;
    this.#scroller = part(root, "scroller");
    this.#list = part(root, "messages");
    this.#rows = new HistoryRows(this.#scroller, this.#list, part(root, "space-above"), part(root, "space-below"));
    this.#top = part(root, "top-edge");
    this.#bottom = part(root, "bottom-edge");
    this.#status = part(root, "history-status");
    this.#toNewest = part(root, "to-newest");
    this.#roving = rovingTabindex(this.#list, '[role="option"]', (row, event, from) => {
      if (event.shiftKey) this.#extendTo(row.dataset.id, from.dataset.id);
    });
    this.#keepBottomOnResize();
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
    this.#index = new HistoryIndex();
    this.#rows.reset();
    this.jump({ direction: "up" });
    await this.#jumped();
    this.buildIndex();
  }

  /** Indexes the complete part of the local history, so that the scrollbar can cover it. */
  async buildIndex() {
    const { conversation } = this;
    const index = new HistoryIndex();
    this.#index = index;
    const isCurrent = () => index === this.#index && conversation === this.conversation;
    try {
      await index.build((start) => this.#device.localPage(conversation, start), isCurrent);
    } catch (error) {
      if (isCurrent()) this.onError("whileReading", error);
    }
    if (!isCurrent()) return;
    this.#window.countUnloaded(index);
    this.#render();
  }

  close() {
    this.#generation += 1;
    this.conversation = undefined;
    this.#index = new HistoryIndex();
    this.#window = new HistoryWindow();
    this.setSelecting(false);
    this.#render();
  }

  /** Shows an end of the history or a time: `"up"` starts at the newest message, `"down"` at the oldest or at `startTime`. */
  jump(target) {
    this.#jump = this.#showAt(target);
    return this.#jump;
  }

  /** Resolves when the latest jump is shown. The device going online may replace the one of `open`. */
  async #jumped() {
    let jump;
    do {
      jump = this.#jump;
      await jump;
    } while (jump !== this.#jump);
  }

  async #showAt({ direction, startTime }) {
    const generation = ++this.#generation;
    this.#busy = { up: false, down: false };
    this.#unseen = 0;
    this.#list.setAttribute("aria-busy", "true");
    try {
      const page = await this.#device.page(this.conversation, { direction, startTime });
      if (generation !== this.#generation) return;
      this.#window = HistoryWindow.of(page, direction, startTime === undefined);
      this.#window.countUnloaded(this.#index);
      if (page.error) this.onError("whileReading", page.error);
    } catch (error) {
      if (generation !== this.#generation) return;
      this.#window = new HistoryWindow();
      this.#window.oldest.reached = this.#window.newest.reached = true;
      this.#window.oldest.certain = false;
      this.onError("whileReading", error);
    } finally {
      if (generation === this.#generation) this.#list.removeAttribute("aria-busy");
    }
    this.#render();
    if (direction === "up") this.#scroller.scrollTop = this.#scroller.scrollHeight;
    else this.#scroller.scrollTop = startTime === undefined ? 0 : this.#list.offsetTop;
    const edge = direction === "up" ? this.#list.lastElementChild : this.#list.querySelector('[role="option"]');
    this.#roving.ensureTabStop(edge ?? undefined);
    this.#fill();
  }

  /** Called when the device goes online or offline. Reloads what only the local copy could answer. */
  async networkChanged() {
    if (!this.conversation) return;
    const atEnd = this.#distanceFromBottom() < LOAD_DISTANCE;
    if (atEnd || this.#window.uncertain.size > 0) return this.jump({ direction: "up" });
    this.#window.reopenEdges();
    this.#render();
    this.#fill();
  }

  /** Called when a message arrives in this conversation. */
  messageReceived(message) {
    const follow = this.#distanceFromBottom() < 80;
    this.#index.arrived += 1;
    if (!this.#window.append(message) || !follow) this.#unseen += 1;
    this.#render();
    if (follow && this.#window.newest.reached) this.#scroller.scrollTop = this.#scroller.scrollHeight;
    if (message.direction === "receive") {
      this.#status.textContent = t("newMessageFrom", userName(message.from), preview(message.body));
    }
  }

  /** Called when messages were removed: by ids, up to a time, or, with neither, any messages. */
  messagesRemoved({ msgIdList, time }) {
    if (!msgIdList && time === undefined) return this.jump({ direction: "up" });
    const focused = this.#focusedId();
    const focusedIndex = this.#window.messages.findIndex(({ id }) => id === focused);
    const removed = msgIdList ? this.#window.remove(msgIdList) : this.#window.removeUpTo(time);
    // Messages outside the window may be selected, too.
    this.selection.drop(msgIdList ?? removed);
    this.#render();
    if (focused && removed.includes(focused)) this.#focusNear(focusedIndex);
    this.#selectionChanged();
    if (time !== undefined) this.buildIndex();
    if (this.#window.messages.length === 0) return this.jump({ direction: "up" });
    this.#fill();
  }

  setSelecting(on) {
    this.#selecting = on;
    if (!on) this.selection.clear();
    this.#list.classList.toggle("selecting", on);
    this.#selectionChanged();
  }

  focus() {
    const row = this.#list.querySelector('[role="option"][tabindex="0"]');
    if (row) this.#roving.focusOn(row);
  }

  // Loading.

  /** Keeps the message at the bottom in place when the pane's height changes. */
  #keepBottomOnResize() {
    let height = 0;
    new ResizeObserver(() => {
      const { clientHeight } = this.#scroller;
      if (height > 0 && clientHeight > 0) this.#scroller.scrollTop += height - clientHeight;
      height = clientHeight;
    }).observe(this.#scroller);
  }

  #onScroll() {
    if (this.#rows.isOutOfView()) this.#seek();
    this.#fill();
    if (this.#distanceFromBottom() < 80 && this.#window.newest.reached) this.#unseen = 0;
    this.#showToNewest();
  }

  #fill() {
    if (!this.conversation || this.#seeking) return;
    const { above, below } = this.#rows.loadedBeyondView();
    if (above < LOAD_DISTANCE) this.#load("up");
    if (below < LOAD_DISTANCE) this.#load("down");
  }

  /** After scrolling far beyond the loaded messages: loads those at the new position from the local copy. */
  async #seek() {
    if (this.#seeking) return;
    const generation = ++this.#generation;
    this.#busy = { up: false, down: false };
    this.#seeking = true;
    try {
      const loadPage = (start, direction) => this.#device.page(this.conversation, { start, direction });
      for (let attempt = 0; attempt < 20 && this.#rows.isOutOfView(); attempt += 1) {
        const position = this.#rows.indexInView();
        const window = await this.#index.windowAt(position, loadPage);
        if (generation !== this.#generation) return;
        if (!window) break;
        this.#window = window;
        this.#render();
        this.#rows.scrollToIndex(position);
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
        edge.certain = false;
        this.onError("whileReading", error);
      }
    }
    if (generation !== this.#generation) return;
    this.#busy[direction] = false;
    this.#render();
    if (!failed) this.#fill();
  }

  async #loadPage(direction, start, generation) {
    for (let pages = 0; pages < MAX_EMPTY_PAGES; pages += 1) {
      const page = await this.#device.page(this.conversation, { direction, start });
      if (generation !== this.#generation) return;
      this.#window.add(page, direction);
      if (page.error) this.onError("whileReading", page.error);
      if (page.messages.length > 0 || page.isLast || !page.cursor || page.cursor === start) return;
      start = page.cursor;
    }
  }

  // Rendering.

  #distanceFromBottom() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight;
  }

  #render() {
    const focused = this.#focusedId();
    this.#rows.show(this.#window);
    // If the focused message was dropped, the list gets the focus, and the arrow keys continue in the view.
    if (focused && !this.#rows.rowOf(focused)) this.#list.focus({ preventScroll: true });
    this.#showEdges();
    this.#showSelection();
    this.#showToNewest();
    this.#roving.ensureTabStop();
    this.#rows.restoreScroll();
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
      this.#top.textContent = t(offline && !oldest.certain ? "noMessagesOffline" : "noMessages");
    } else if (oldest.reached) {
      this.#top.classList.toggle("uncertain-edge", !oldest.certain);
      this.#top.textContent = t(oldest.certain ? "beginning" : "localEnd");
    } else {
      this.#top.classList.add("loading");
      this.#top.textContent = t("loading");
    }
  }

  #showToNewest() {
    const away = this.#window.messages.length > 0 && (!this.#window.newest.reached || this.#distanceFromBottom() > 400);
    this.#toNewest.hidden = !away && this.#unseen === 0;
    part(this.#toNewest, "label").textContent = this.#unseen > 0 ? t("newer", this.#unseen) : t("newest");
  }

  // Selecting.

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

  /** Selects a range. Without a selection it starts at `from`. */
  #extendTo(id, from = id) {
    this.#select(() => {
      if (this.selection.size === 0) this.selection.toggle(from);
      return this.selection.extendTo(id, this.#window.messages.map((message) => message.id));
    });
  }

  #select(change) {
    if (!this.#selecting) this.setSelecting(true);
    if (!change()) this.onNotice(t("limit", LIMIT));
    this.#selectionChanged();
  }

  #selectionChanged() {
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

  #focusNear(index) {
    const { messages } = this.#window;
    const message = messages[Math.min(index, messages.length - 1)];
    if (message) this.#roving.focusOn(this.#rows.rowOf(message.id));
    else this.#list.focus();
  }
}

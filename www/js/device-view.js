// The view of one device: network switch, conversation list, open conversation, and event log.

import { ConversationList } from "./conversation-list.js";
import { isSame } from "./device.js";
import { askJumpTime, askRemovalTime, confirmDeletion, confirmRemoval } from "./dialogs.js";
import { fromTemplate, part } from "./dom.js";
import { Notices } from "./notices.js";
import { EventLog } from "./event-log.js";
import { describeEvent } from "./event-text.js";
import { conversationTitle, exactTime } from "./format.js";
import { HistoryLoading } from "./history-loading.js";
import { HistoryView } from "./history-view.js";
import { t, translate } from "./i18n.js";

export class DeviceView {
  /** Called with the new position of the network switch. */
  onSwitch = () => {};
  /** Called when the device's state has changed. */
  onState = () => {};
  element = fromTemplate("device-template");
  #device;
  #list;
  #history;
  #loading;
  #log;
  #notices;
  #listing;
  /** The state of the open conversation that was last marked as read, so that a refusal does not repeat. */
  #markedAsRead = "";

  constructor(device, { side, id }) {
    this.#device = device;
    const root = this.element;
    translate(root);
    root.id = id;
    root.dataset.side = side;
    root.setAttribute("aria-label", t(side));
    this.part("name").textContent = t(side);
    this.part("event-log").setAttribute("aria-label", t("eventsOf", t(side)));

    this.#notices = new Notices(this.part("notices"));
    this.#log = new EventLog(this.part("event-list"), this.part("no-events"), this.part("event-count"));
    this.#list = new ConversationList(this.part("conversations"), this.part("no-conversations"), device.user);
    this.#history = new HistoryView(root, device);
    this.#loading = new HistoryLoading(this.part("loading"));
    this.#listen();
    this.#showState(device.state);
    this.showPane("list");
  }

  part(name) {
    return part(this.element, name);
  }

  showPane(name) {
    this.element.dataset.pane = name;
    const tab = name === "events" ? "events" : "chats";
    for (const button of this.element.querySelectorAll("[data-tab]")) {
      button.setAttribute("aria-pressed", String(button.dataset.tab === tab));
    }
  }

  showError(attempted, error) {
    this.#notices.showError(attempted, error);
  }

  setSwitch(on) {
    this.part("network").checked = on;
  }

  /** Shows the local copy. */
  async showLocal() {
    await this.#showList();
  }

  /** Called after login: fetches the list and reloads the open conversation. */
  async signedIn() {
    await this.#fetchList(() => this.#device.refresh());
    await this.#history.networkChanged();
  }

  /** Marks the open conversation as read if it has unread messages and can be seen. */
  async markOpenAsRead() {
    const { conversation } = this.#history;
    const listed = conversation && this.#list.find(conversation);
    const isSeen = document.visibilityState === "visible" && this.part("scroller").checkVisibility();
    if (!listed?.unreadCount || !isSeen) return;
    const state = JSON.stringify([listed.conversationId, listed.unreadCount, listed.lastMessage?.id]);
    if (state === this.#markedAsRead) return;
    this.#markedAsRead = state;
    await this.#device.markAsRead(listed).catch((error) => this.showError("whileRunning", error));
  }

  // Actions of the user.

  #listen() {
    const click = (name, action) => this.part(name).addEventListener("click", action);
    this.part("network").addEventListener("change", (event) => this.onSwitch(event.target.checked));
    click("retry", () => this.onSwitch(true));
    click("refresh", () => this.#online(() => this.#fetchList(() => this.#device.refresh())));
    click("load-all", () => this.#online(() => this.#loadAll()));
    click("back", () => this.#backToList());
    click("jump-oldest", () => this.#history.jump({ direction: "down" }));
    click("jump-newest", () => this.#history.jump({ direction: "up" }));
    click("jump-date", () => this.#online(() => this.#jumpToDate()));
    click("load-history", () => this.#online(() => this.#loadHistory()));
    click("select", () => this.#toggleSelecting());
    click("end-selection", () => this.#endSelecting());
    click("remove-selected", () => this.#remove(this.#history.selection.ids));
    click("remove-up-to-selected", () => this.#removeUpTo());
    click("remove-up-to", () => this.#removeUpTo());
    click("delete-conversation", () => this.#deleteConversation());
    for (const button of this.element.querySelectorAll("[data-tab]")) {
      button.addEventListener("click", () => this.#showTab(button.dataset.tab));
    }
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented && this.#history.selecting) this.#endSelecting();
    });

    this.#list.onOpen = (conversation) => this.#open(conversation);
    this.#history.onError = (attempted, error) => this.showError(attempted, error);
    this.#history.onNotice = (text) => this.#notices.showNotice(text);
    this.#history.onSelection = () => this.#showSelection();
    this.#history.onRemove = (ids) => this.#remove(ids);
    this.#device.onState = (state) => this.#stateChanged(state);
    this.#device.onEvent = (name, value) => this.#eventArrived(name, value);
  }

  /** Runs an action that needs the network. If the device is offline, shows a notice instead. */
  #online(action) {
    if (this.#device.online) return action();
    return this.#notices.showNotice(t("needsNetwork"));
  }

  #showTab(tab) {
    if (tab === "events") this.showPane("events");
    else this.showPane(this.#history.conversation ? "history" : "list");
    this.markOpenAsRead();
  }

  async #open(conversation) {
    if (!isSame(conversation, this.#history.conversation)) this.#loading.stop();
    this.#list.setOpen(conversation);
    this.part("title").textContent = conversationTitle(conversation);
    this.element.classList.add("has-conversation");
    this.showPane("history");
    await Promise.all([this.#history.open(conversation), this.markOpenAsRead()]);
    this.#history.focus();
  }

  #backToList() {
    this.showPane("list");
    this.#list.focusOpen();
  }

  #closeConversation() {
    this.#loading.stop();
    this.#history.close();
    this.#list.setOpen(undefined);
    this.element.classList.remove("has-conversation");
    if (this.element.dataset.pane === "history") this.#backToList();
  }

  async #jumpToDate() {
    const oldest = this.#history.messages.at(0)?.timestamp ?? Date.now();
    const time = await askJumpTime(oldest);
    if (time !== undefined) await this.#history.jump({ direction: "down", startTime: time });
  }

  #loadHistory() {
    const { conversation } = this.#history;
    const loading = this.#loading;
    loading.onDone = (count) => {
      this.#log.add("historyLoaded", t("event").historyLoaded(count, conversationTitle(conversation)));
      this.#notices.showNotice(t("historyLoaded", count));
      if (isSame(conversation, this.#history.conversation)) this.#history.buildIndex();
    };
    loading.onStopped = () => {
      this.#notices.showNotice(t("historyStopped"));
      this.part("load-history").focus();
    };
    loading.onError = (error) => this.showError("whileReading", error);
    if (!loading.running) return loading.start(this.#device, conversation);
  }

  #toggleSelecting() {
    this.#history.setSelecting(!this.#history.selecting);
    this.#history.focus();
  }

  #endSelecting() {
    this.#history.setSelecting(false);
    this.#history.focus();
  }

  #showSelection() {
    const { selecting, selection } = this.#history;
    this.part("selection-bar").hidden = !selecting;
    this.part("select").setAttribute("aria-pressed", String(selecting));
    this.part("selected-count").textContent = t("selected", selection.size);
    this.part("remove-selected").disabled = selection.size === 0;
    this.part("remove-up-to-selected").disabled = selection.size !== 1;
  }

  // Removing.

  #remove(ids) {
    return this.#online(async () => {
      const { conversation } = this.#history;
      if (ids.length === 0 || !(await confirmRemoval(ids.length))) return;
      await this.#change("whileRemoving", conversation, async () => {
        await this.#device.removeMessages(conversation, ids);
        if (isSame(conversation, this.#history.conversation)) {
          this.#history.setSelecting(false);
          await this.#history.messagesRemoved({ msgIdList: ids });
        }
        this.#log.add("removedByMe", t("event").removedByMe(ids.length, conversationTitle(conversation)));
        this.#notices.showNotice(t("removedHere", ids.length));
      });
    });
  }

  #removeUpTo() {
    return this.#online(async () => {
      const { conversation, messages, selection } = this.#history;
      const selected = messages.find(({ id }) => selection.has(id));
      const time = await askRemovalTime(selected?.timestamp ?? Date.now());
      if (time === undefined) return;
      await this.#change("whileRemoving", conversation, async () => {
        await this.#device.removeUpTo(conversation, time);
        if (isSame(conversation, this.#history.conversation)) {
          this.#history.setSelecting(false);
          await this.#history.messagesRemoved({ time });
        }
        const text = t("event").removedUpToByMe(exactTime(time), conversationTitle(conversation));
        this.#log.add("removedUpToByMe", text);
        this.#notices.showNotice(t("removedUpToHere", exactTime(time)));
      });
    });
  }

  #deleteConversation() {
    return this.#online(async () => {
      const { conversation } = this.#history;
      const title = conversationTitle(conversation);
      const answer = await confirmDeletion(title);
      if (!answer) return;
      await this.#change("whileDeleting", conversation, async () => {
        await this.#device.deleteConversation(conversation, answer.isDeleteServerMessages);
        if (isSame(conversation, this.#history.conversation)) this.#closeConversation();
        this.#log.add("deletedByMe", t("event").deletedByMe(title));
        this.#notices.showNotice(t("deletedHere", title));
      });
    });
  }

  async #change(attempted, conversation, action) {
    this.element.setAttribute("aria-busy", "true");
    try {
      await action();
      await this.#showList();
    } catch (error) {
      this.showError(attempted, error);
    } finally {
      this.element.removeAttribute("aria-busy");
    }
  }

  // The conversation list.

  async #loadAll() {
    const button = this.part("load-all");
    button.disabled = true;
    await this.#fetchList(() =>
      this.#device.refreshAll((count) => {
        button.textContent = t("loadingAll", count);
      }),
    );
    button.textContent = t("loadAll");
    button.disabled = false;
  }

  async #fetchList(fetch) {
    try {
      await fetch();
      await this.#showList();
      this.#log.add("listLoaded", t("event").listLoaded(this.#list.size));
    } catch (error) {
      this.showError("whileListing", error);
    }
  }

  /** Shows the local copy's list. Calls during a running one are combined into one more run. */
  #showList() {
    if (this.#listing) {
      this.#listing.repeat = true;
      return this.#listing.done;
    }
    const listing = { repeat: true };
    this.#listing = listing;
    listing.done = (async () => {
      try {
        while (listing.repeat) {
          listing.repeat = false;
          const conversations = await this.#device.conversations();
          this.#list.show(conversations, t(this.#device.online ? "noConversations" : "noConversationsOffline"));
          await this.markOpenAsRead();
        }
      } catch (error) {
        this.showError("whileListing", error);
      } finally {
        this.#listing = undefined;
      }
    })();
    return listing.done;
  }

  // Events.

  #stateChanged(state) {
    const reconnected = state === "connected" && this.element.dataset.state === "disconnected";
    this.#showState(state);
    if (!this.#device.online) this.#loading.stop();
    if (reconnected) this.#history.networkChanged();
    if (state === "offline" && !this.part("network").checked) this.#log.add("openedLocal", t("event").openedLocal);
    this.onState(state);
  }

  #showState(state) {
    this.element.dataset.state = state;
    this.part("state").textContent = t(state);
    this.part("retry").hidden = state !== "failed";
  }

  #eventArrived(name, value) {
    this.#log.add(name, describeEvent(name, value, (id) => this.#list.find(id)));
    const { conversation } = this.#history;
    const isOpen = conversation && value && isSame(conversation, value);
    if (name === "messageReceived" && isOpen) this.#history.messageReceived(value);
    if (name === "messageRemoved" && isOpen) this.#history.messagesRemoved(value);
    if (name === "conversationDeleted" && isOpen) this.#closeConversation();
    if (name === "error") this.showError("whileRunning", value);
    this.#showList();
  }
}

// The page's entry: signing in and out, and the two devices.

import { Device } from "./device.js";
import { DeviceView } from "./device-view.js";
import { el, part } from "./dom.js";
import { Notices } from "./notices.js";
import { language, languages, t, translate } from "./i18n.js";
import { storage } from "./storage.js";
import { devices, sampleUsers, settings } from "./settings.js";
import { SignIn } from "./sign-in.js";
import { themeSwitch } from "./theme.js";

const page = document.body;
const notices = new Notices(part(page, "page-notices"));
/** The open devices and their views. */
let opened = [];

start();

async function start() {
  document.documentElement.lang = language;
  document.title = t("title");
  translate(document);
  chooseLanguage();
  themeSwitch(part(page, "theme"));
  // The form is usable before the SDK is loaded, and loading must not overwrite the user's input.
  const signIn = new SignIn(part(page, "sign-in"), storage.lastUser() ?? sampleUsers[0]);
  const RoamClient = await loadSdk();
  if (!RoamClient) return;

  signIn.onSubmit = async (user, password) => {
    notices.clear();
    await openDevices(RoamClient, user, password);
  };
  part(page, "sign-out").addEventListener("click", signOut);
  document.addEventListener("visibilitychange", markAsRead);
  for (const tab of page.querySelectorAll("[data-device]")) {
    tab.addEventListener("click", () => showDevice(tab.dataset.device));
    tab.addEventListener("keydown", moveBetweenTabs);
  }

  const session = settings.user ? { user: settings.user, password: settings.password } : storage.session();
  if (session?.password) await signIn.submit(session.user, session.password);
  else signIn.ready();
}

async function loadSdk() {
  try {
    const { default: init, RoamClient } = await import("/pkg/roamkit.js");
    await init();
    return RoamClient;
  } catch (error) {
    console.error(error);
    notices.showError("sdkMissing", new Error(`${error.message} ${t("sdkMissingAdvice")}`));
    return undefined;
  }
}

/** Opens both devices and connects those that are not switched off. */
async function openDevices(RoamClient, user, password) {
  await closeDevices(false);
  opened = devices.map(({ id, side, deviceId }) => {
    const { appKey, apiUrl, socketUrl } = settings;
    const device = new Device(RoamClient, { user, deviceId, appKey, apiUrl, socketUrl });
    const view = new DeviceView(device, { id, side });
    const off = storage.isSwitchedOff(user, id);
    view.setSwitch(!off);
    view.onSwitch = (on) => {
      storage.setSwitchedOff(user, id, !on);
      view.setSwitch(on);
      if (on) connect(device, view, password).catch((error) => view.showError("whileSigningIn", error));
      else disconnect(device, view);
    };
    view.onState = (state) => {
      page.querySelector(`[data-device="${side}"]`).dataset.state = state;
    };
    return { device, view, off };
  });

  try {
    await Promise.all(opened.map(({ device }) => device.open()));
  } catch (error) {
    notices.showError("whileOpening", error);
    await closeDevices(false);
    return;
  }
  const outcomes = await Promise.allSettled(
    opened.map(({ device, view, off }) => (off ? undefined : connect(device, view, password))),
  );
  const failure = outcomes.find(({ status }) => status === "rejected")?.reason;
  if (failure && isRefusal(failure)) {
    storage.signedOut();
    notices.showError("whileSigningIn", failure);
    await closeDevices(false);
    return;
  }
  showDevices(user);
  outcomes.forEach(({ reason }, i) => {
    if (reason) opened[i].view.showError("whileSigningIn", reason);
  });
  await Promise.all(opened.map(({ view, device }) => (device.online ? undefined : view.showLocal())));
}

/** Returns whether the server refused the user. After any other failure the page shows the local copy. */
const isRefusal = ({ code }) => [100, 101, 102, 104, 110, 202, 204, 207, 210].includes(code);

async function connect(device, view, password) {
  await device.connect(password);
  storage.signedIn(device.user, password);
  showDevices(device.user);
  await view.signedIn();
}

async function disconnect(device, view) {
  try {
    await device.disconnect();
    await view.showLocal();
  } catch (error) {
    view.showError("whileOpening", error);
  }
}

function showDevices(user) {
  if (page.classList.contains("signed-in")) return;
  page.classList.add("signed-in");
  part(page, "who").textContent = t("signedInAs", user);
  part(page, "devices").replaceChildren(...opened.map(({ view }) => view.element));
  showDevice("left");
}

function showDevice(side) {
  part(page, "devices").dataset.shown = side;
  for (const tab of page.querySelectorAll("[data-device]")) {
    const shown = tab.dataset.device === side;
    tab.setAttribute("aria-selected", String(shown));
    tab.tabIndex = shown ? 0 : -1;
  }
  markAsRead();
}

/** Marks the open conversations as read that can be seen now. */
function markAsRead() {
  for (const { view } of opened) view.markOpenAsRead();
}

function moveBetweenTabs(event) {
  if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
  const other = [...page.querySelectorAll("[data-device]")].find((tab) => tab !== event.currentTarget);
  showDevice(other.dataset.device);
  other.focus();
}

async function closeDevices(signOut) {
  const closing = opened;
  opened = [];
  page.classList.remove("signed-in");
  part(page, "devices").replaceChildren();
  await Promise.all(closing.map(({ device }) => device.end(signOut)));
}

async function signOut() {
  storage.signedOut();
  // The query string may contain a sample user, who would be signed in again.
  history.replaceState(null, "", location.pathname);
  await closeDevices(true);
  location.reload();
}

function chooseLanguage() {
  const select = part(page, "language");
  select.append(...languages.map(([code, name]) => el("option", { value: code, lang: code }, name)));
  select.value = language;
  select.addEventListener("change", () => {
    storage.setLanguage(select.value);
    const url = new URL(location.href);
    url.searchParams.delete("lang");
    location.replace(url);
    if (url.href === location.href) location.reload();
  });
}

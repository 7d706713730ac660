// The page from its start: who signs in, and the two devices.

import { Device } from "./device.js";
import { DeviceView } from "./device-view.js";
import { el, part } from "./dom.js";
import { Notices } from "./errors.js";
import { language, languages, t, translate } from "./i18n.js";
import { memory } from "./memory.js";
import { devices, sampleUsers, settings } from "./settings.js";
import { SignIn } from "./sign-in.js";
import { themeSwitch } from "./theme.js";

const page = document.body;
const notices = new Notices(part(page, "page-notices"));
let running = [];

start();

async function start() {
  document.documentElement.lang = language;
  document.title = t("title");
  translate(document);
  chooseLanguage();
  themeSwitch(part(page, "theme"));
  // The form stands before the SDK is loaded: nobody's typing may be overwritten.
  const signIn = new SignIn(part(page, "sign-in"), memory.lastUser() ?? sampleUsers[0]);
  const RoamClient = await loadSdk();
  if (!RoamClient) return;

  signIn.onSubmit = async (user, password) => {
    notices.clear();
    await run(RoamClient, user, password);
  };
  part(page, "sign-out").addEventListener("click", signOut);
  for (const tab of page.querySelectorAll("[data-device]")) {
    tab.addEventListener("click", () => showDevice(tab.dataset.device));
    tab.addEventListener("keydown", moveBetweenTabs);
  }

  const session = settings.user ? { user: settings.user, password: settings.password } : memory.session();
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
    notices.error("sdkMissing", new Error(`${error.message} ${t("sdkMissingAdvice")}`));
    return undefined;
  }
}

/** Opens both devices and puts on the network those that are not switched off. */
async function run(RoamClient, user, password) {
  await end(false);
  running = devices.map(({ id, side }) => {
    const { appKey, apiUrl, socketUrl } = settings;
    const device = new Device(RoamClient, { user, deviceId: id, appKey, apiUrl, socketUrl });
    const view = new DeviceView(device, { id, side });
    const off = memory.isOffNetwork(user, id);
    view.setSwitch(!off);
    view.onSwitch = (on) => {
      memory.setOffNetwork(user, id, !on);
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
    await Promise.all(running.map(({ device }) => device.open()));
  } catch (error) {
    notices.error("whileOpening", error);
    await end(false);
    return;
  }
  const outcomes = await Promise.allSettled(
    running.map(({ device, view, off }) => (off ? undefined : connect(device, view, password))),
  );
  const failure = outcomes.find(({ status }) => status === "rejected")?.reason;
  if (failure && isRefusal(failure)) {
    memory.signedOut();
    notices.error("whileSigningIn", failure);
    await end(false);
    return;
  }
  if (!page.classList.contains("signed-in")) show(user);
  outcomes.forEach(({ reason }, at) => {
    if (reason) running[at].view.showError("whileSigningIn", reason);
  });
  await Promise.all(running.map(({ view, device }) => (device.online ? undefined : view.showLocal())));
}

/** Whether the server would not have this user: then there is nothing to show; else the local copy is. */
const isRefusal = ({ code }) => [100, 101, 102, 104, 110, 202, 204, 207, 210].includes(code);

async function connect(device, view, password) {
  await device.connect(password);
  memory.signedIn(device.user, password);
  show(device.user);
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

function show(user) {
  if (page.classList.contains("signed-in")) return;
  page.classList.add("signed-in");
  part(page, "who").textContent = t("signedInAs", user);
  part(page, "devices").replaceChildren(...running.map(({ view }) => view.element));
  showDevice("left");
}

function showDevice(side) {
  part(page, "devices").dataset.shown = side;
  for (const tab of page.querySelectorAll("[data-device]")) {
    const shown = tab.dataset.device === side;
    tab.setAttribute("aria-selected", String(shown));
    tab.tabIndex = shown ? 0 : -1;
  }
}

function moveBetweenTabs(event) {
  if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
  const other = [...page.querySelectorAll("[data-device]")].find((tab) => tab !== event.currentTarget);
  showDevice(other.dataset.device);
  other.focus();
}

async function end(signOut) {
  const ending = running;
  running = [];
  page.classList.remove("signed-in");
  part(page, "devices").replaceChildren();
  await Promise.all(ending.map(({ device }) => device.end(signOut)));
}

async function signOut() {
  memory.signedOut();
  // The address may carry a sample user, who would be signed in again.
  history.replaceState(null, "", location.pathname);
  await end(true);
  location.reload();
}

function chooseLanguage() {
  const select = part(page, "language");
  select.append(...languages.map(([code, name]) => el("option", { value: code, lang: code }, name)));
  select.value = language;
  select.addEventListener("change", () => {
    memory.setLanguage(select.value);
    const address = new URL(location.href);
    address.searchParams.delete("lang");
    location.replace(address);
    if (address.href === location.href) location.reload();
  });
}

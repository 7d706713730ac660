// Renders a message of any kind.

import { el, icon } from "./dom.js";
import { bytes, duration, exactTime, hue, time, userName } from "./format.js";
import { t } from "./i18n.js";

/** Creates a message's row, an option of the history's listbox. */
export function messageRow(message) {
  const own = message.direction === "send";
  const quiet = message.body?.type === "cmd";
  return el(
    "li",
    {
      class: `message ${own ? "own" : "theirs"}${quiet ? " quiet" : ""}`,
      role: "option",
      tabindex: "-1",
      "aria-selected": "false",
      "data-id": message.id,
      "data-type": message.body?.type ?? "unknown",
    },
    el("span", { class: "check", "aria-hidden": "true" }, icon("check")),
    own ? null : avatar(message.from),
    el(
      "div",
      { class: "bubble" },
      el("span", { class: own ? "sender" : `sender ${hue(message.from)}` }, own ? t("you") : userName(message.from)),
      el("div", { class: "body", dir: "auto" }, ...bodyParts(message.body)),
      el("time", { title: exactTime(message.timestamp) }, time(message.timestamp)),
    ),
  );
}

export function avatar(id, group = false) {
  const letter = [...id][0]?.toUpperCase() ?? "?";
  return el("span", { class: `avatar ${hue(id)}`, "aria-hidden": "true" }, group ? icon("group") : letter);
}

function bodyParts(body) {
  switch (body?.type) {
    case "txt":
      return [el("span", { class: onlyEmoji(body.msg) ? "text big" : "text" }, body.msg)];
    case "img":
      return [picture(body, "image", t("img")), detail(body.filename, pixels(body), bytes(body.fileLength))];
    case "video":
      return [picture(body, "play", t("video"), duration(body.length)), detail(body.filename, bytes(body.fileLength))];
    case "audio":
      return [card("mic", t("audio"), duration(body.length), el("span", { class: "wave" }))];
    case "file":
      return [card("file", body.filename || t("file"), bytes(body.fileLength))];
    case "loc":
      return [card("pin", body.buildingName || body.addr || t("loc"), body.buildingName ? body.addr : "", degrees(body))];
    case "cmd":
      return [el("span", { class: "text" }, `${t("cmd")} · `, el("code", {}, body.action))];
    case "custom":
      return [card("box", body.customEvent || t("custom"), null, fields(body.customExts))];
    case "combine":
      return [card("forward", body.title || t("combine"), body.summary)];
    default:
      return [el("em", {}, t("unknown"))];
  }
}

// A picture is shown as an empty frame of its shape, because the sample data's URLs do not exist, and a message must not
// make the page send requests.
function picture({ width, height }, name, kind, label) {
  const shape = !width || !height ? "wide" : width / height > 1.2 ? "wide" : width / height < 0.84 ? "tall" : "square";
  return el(
    "div",
    { class: `picture ${shape}` },
    icon(name),
    el("span", { class: "visually-hidden" }, kind),
    label ? el("span", {}, label) : null,
  );
}

const pixels = ({ width, height }) => (width && height ? `${width} × ${height}` : "");

function detail(...texts) {
  return el("p", { class: "detail" }, texts.filter(Boolean).join(" · "));
}

function card(name, title, text, extra) {
  return el(
    "div",
    { class: "card" },
    el("span", { class: "card-icon" }, icon(name)),
    el("div", { class: "card-text" }, el("strong", { dir: "auto" }, title), text ? el("p", { dir: "auto" }, text) : null, extra),
  );
}

const degrees = ({ lat, lng }) => el("p", { class: "detail" }, `${lat.toFixed(4)}, ${lng.toFixed(4)}`);

function fields(exts) {
  const rows = Object.entries(exts ?? {});
  if (rows.length === 0) return null;
  const text = (value) => (typeof value === "string" ? value : JSON.stringify(value));
  return el("dl", {}, ...rows.flatMap(([key, value]) => [el("dt", {}, key), el("dd", { dir: "auto" }, text(value))]));
}

const onlyEmoji = (text) => text.length <= 24 && EMOJI.test(text);
const EMOJI = /^[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}\u200d\ufe0f\s]*[\p{Extended_Pictographic}\p{Regional_Indicator}][\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}\u200d\ufe0f\s]*$/u;

// Formats times, names and messages.

import { locale, t } from "./i18n.js";

const formats = {
  time: new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" }),
  weekday: new Intl.DateTimeFormat(locale, { weekday: "short" }),
  date: new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" }),
  year: new Intl.DateTimeFormat(locale, { dateStyle: "medium" }),
  day: new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" }),
  dayAndYear: new Intl.DateTimeFormat(locale, { dateStyle: "full" }),
  exact: new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium" }),
  clock: new Intl.DateTimeFormat(locale, { timeStyle: "medium" }),
};
const relativeDay = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
const DAY = 86_400_000;

export const time = (ms) => formats.time.format(ms);
export const exactTime = (ms) => formats.exact.format(ms);
export const clock = (ms) => formats.clock.format(ms);

/** A short form for the list: the time for today, or else the day. */
export function shortTime(ms) {
  const days = daysAgo(ms);
  if (days <= 0) return time(ms);
  if (days === 1) return capital(relativeDay.format(-1, "day"));
  if (days < 7) return formats.weekday.format(ms);
  return sameYear(ms) ? formats.date.format(ms) : formats.year.format(ms);
}

/** A long form for the line between two days. */
export function dayName(ms) {
  const days = daysAgo(ms);
  if (days === 0 || days === 1) return capital(relativeDay.format(-days, "day"));
  return sameYear(ms) ? formats.day.format(ms) : formats.dayAndYear.format(ms);
}

/** A key for the calendar day. */
export function dayKey(ms) {
  const date = new Date(ms);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

/** Formats a time for `<input type="datetime-local">`. */
export function toInput(ms) {
  return new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, -1);
}

export const fromInput = (text) => new Date(text).getTime();

function daysAgo(ms) {
  const midnight = (date) => new Date(date).setHours(0, 0, 0, 0);
  return Math.round((midnight(Date.now()) - midnight(ms)) / DAY);
}

const sameYear = (ms) => new Date(ms).getFullYear() === new Date().getFullYear();
const capital = (text) => text.charAt(0).toLocaleUpperCase(locale) + text.slice(1);

export function bytes(n) {
  if (!n) return "";
  const units = ["B", "KB", "MB", "GB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(n) / 3));
  const digits = power === 0 ? 0 : 1;
  return `${(n / 1000 ** power).toLocaleString(locale, { maximumFractionDigits: digits })} ${units[power]}`;
}

export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** Isolates foreign text in a sentence, so that right-to-left text does not reverse the rest. */
const isolated = (text) => (RIGHT_TO_LEFT.test(text) ? `\u2068${text}\u2069` : text);
const RIGHT_TO_LEFT = /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc]/;

/** A user's name. The demo's users have only ids. */
export const userName = (id) => isolated(id.charAt(0).toUpperCase() + id.slice(1));

/** A conversation's title. Messages of the sample groups contain the group's name in `ext`. */
export function conversationTitle({ conversationId, conversationType, lastMessage }) {
  if (conversationType === "singleChat") return userName(conversationId);
  const given = lastMessage?.ext?.group_name;
  if (typeof given === "string" && given !== "") return isolated(given);
  return t(conversationType === "chatRoom" ? "room" : "group", isolated(conversationId));
}

/** A message in one line. */
export const preview = (body) => isolated(inOneLine(body));

function inOneLine(body) {
  const named = (kind, name) => (name ? `${t(kind)} · ${name}` : t(kind));
  switch (body?.type) {
    case "txt": return body.msg;
    case "img": return named("img", body.filename);
    case "audio": return named("audio", duration(body.length));
    case "video": return named("video", duration(body.length));
    case "file": return named("file", body.filename);
    case "loc": return named("loc", body.buildingName || body.addr);
    case "cmd": return named("cmd", body.action);
    case "custom": return named("custom", body.customEvent);
    case "combine": return named("combine", body.title);
    default: return t("unknown");
  }
}

/** One of eight color classes, always the same for an id. */
export function hue(id) {
  let sum = 0;
  for (const char of id) sum = Math.imul(sum ^ char.codePointAt(0), 0x01000193) >>> 0;
  return `hue-${((sum ^ (sum >>> 13)) >>> 0) % 8}`;
}

// What callers hand in: one object a call, each field checked before anything happens. The first that is not as it should be
// is refused in a sentence that says which it was, what it was, and what would have been right.

import { RoamError, failed } from "./application.js";

// What was given, in words.
function describe(value) {
  switch (typeof value) {
    case "string": {
      const short = [...value.slice(0, 80)].slice(0, 40).join("");
      return `"${short.length < value.length ? `${short}…` : value}"`;
    }
    case "number":
      return `the number ${value}`;
    case "boolean":
    case "undefined":
      return String(value);
    case "object":
      return value === null ? "null" : Array.isArray(value) ? "an array" : "an object";
    default:
      return `a ${typeof value}`;
  }
}

const refusal = (words, code = 110) => failed(code, words);

// A kind of field: takes a value, hands on what is made of it, or refuses it, and says what would be right.
const kind =
  (words, fits, make = (value) => value) =>
  (value, refuse) =>
    fits(value) ? make(value) : refuse(words);

const isText = (value) => typeof value === "string";
const isUser = (value) => isText(value) && /^[\w.-]{1,64}$/.test(value);
const USER = "1 to 64 letters, digits, _, - or .";

const flag = kind("true or false", (value) => typeof value === "boolean");
const text = kind("a string", isText);
const filled = kind("a string that is not empty", (value) => isText(value) && value !== "");
const whole = (most) =>
  kind(`a whole number from 1 to ${most}`, (value) => Number.isInteger(value) && value > 0 && value <= most);
const time = whole(Number.MAX_SAFE_INTEGER);
const id = kind(
  "a message id (a string of digits)",
  (value) => isText(value) && /^0*\d{1,20}$/.test(value) && BigInt(value) > 0n && BigInt(value) >> 64n === 0n,
  BigInt,
);

const oneOf = (...words) =>
  kind(`one of ${words.map(describe).join(", ")}`, (value) => words.includes(value), (value) => words.indexOf(value));

const list = (words, fits, entry) => (value, refuse) => {
  if (!Array.isArray(value)) refuse(words);
  if (!fits(value.length)) refuse(words, `an array of ${value.length}`);
  return Array.from(value, (one, at) => entry(one, (words) => refuse(words, describe(one), `[${at}]`)));
};

function address(...schemes) {
  const fits = (value) => {
    try {
      const { protocol, username, password } = new URL(value);
      // `fetch` takes no address with a user's name in it.
      const fetched = protocol.startsWith("http");
      return isText(value) && schemes.includes(protocol) && !(fetched && (username || password));
    } catch {
      return false;
    }
  };
  const user = schemes.includes("http:") ? " and names no user" : "";
  const words = `an absolute address that starts with ${schemes.join("// or ")}//${user}`;
  return kind(words, fits, (value) => value.replace(/\/+$/, ""));
}

const bytes = (text) => new TextEncoder().encode(text).length;

// Kinds of messages, as the wire names them.
const KINDS = ["txt", "img", "audio", "video", "file", "loc", "cmd", "custom", "combine"];

// A name means the same in every call.
const FIELDS = {
  // Two parts of letters, digits, -, _ and .; beyond ASCII everything but white space counts as a letter.
  appKey: (value, refuse) => {
    const parts = filled(value, refuse).split("#");
    const fits = (part) => /^[\w.\u00a0-\u{10ffff}-]+$/u.test(part) && !/\s/.test(part) && bytes(part) <= 128;
    return parts.length === 2 && parts.every(fits) ? value : refuse("of the form org#app", describe(value), "", 100);
  },
  user: (value, refuse) =>
    isUser(filled(value, refuse)) ? value.toLowerCase() : refuse(USER, describe(value), "", 101),
  apiUrl: address("http:", "https:"),
  socketUrl: address("ws:", "wss:"),
  deviceId: kind("1 to 125 letters, digits, _, - or .", (value) => isText(value) && /^[\w.-]{1,125}$/.test(value)),
  requestTimeoutMs: whole(600_000),
  persist: flag,
  // Goes into a header. What was given is not repeated.
  token: (value, refuse) =>
    /^[!-~]+$/.test(text(value, refuse))
      ? value
      : refuse("a string of visible ASCII characters that is not empty", "", "", 104),
  password: (value, refuse) =>
    text(value, refuse) || refuse("a string that is not empty", "", "", 102),
  wipe: flag,
  conversationId: filled,
  conversationType: oneOf("singleChat", "groupChat", "chatRoom"),
  isDeleteServerMessages: flag,
  pageSize: whole(50),
  cursor: text,
  pinnedOnly: flag,
  includeEmpty: flag,
  startMsgId: id,
  searchDirection: oneOf("up", "down"),
  from: kind(`a user id: ${USER}`, isUser, (value) => value.toLowerCase()),
  msgTypes: (value, refuse) => list(`an array with any of ${KINDS.map(describe).join(", ")}`, () => true, oneOf(...KINDS))(value, refuse).map((at) => KINDS[at]).join(","),
  startTime: time,
  endTime: time,
  save: flag,
  // Not `instanceof`: one from another realm (an iframe) is a signal, too.
  signal: kind(
    "an AbortSignal",
    ({ aborted, addEventListener }) => typeof aborted === "boolean" && typeof addEventListener === "function",
  ),
  msgIdList: (value, refuse) =>
    BigUint64Array.from(
      new Set(list("an array of 1 to 50 message ids", (count) => count > 0 && count <= 50, id)(value, refuse)),
    ),
  time,
};

// The options of one call, in the order in which `names` has them; undefined for what was not given.
export function readOptions(call, given, names) {
  return new Options(call, given, names).values;
}

class Options {
  #call;
  #fields = {};

  // `names` are those of the fields that the call reads. One with `!` must be there, and of two with `|` between just one.
  constructor(call, given, names) {
    this.#call = call;
    const leftOut = given === undefined || given === null;
    if (leftOut ? /[!|]/.test(names) : typeof given !== "object" || Array.isArray(given)) {
      throw refusal(`${call} takes an options object, not ${describe(given)}`);
    }
    for (const part of names.split(" ")) {
      const [one, other] = part.split("|");
      const there = this.#take(given ?? {}, one);
      if (other && this.#take(given, other) === there) {
        throw refusal(`${call} takes ${one} or ${other}, but ${there ? "both were" : "neither was"} given`);
      }
    }
    this.#compare(this.#fields);
    this.values = names.split(/[ |]/).map((name) => this.#fields[name.replace("!", "")]);
  }

  // Tells whether it is there.
  #take(given, named) {
    const name = named.replace("!", "");
    try {
      const value = given[name];
      const missing = value === undefined || value === null;
      if (missing && name === named) return false;
      this.#fields[name] = FIELDS[name](value, (words, was = describe(value), at = "", code) => {
        if (missing) throw refusal(`${this.#call}: ${name} is missing; it must be ${words}`);
        this.#refuse(name + at, words, was, code);
      });
      return true;
    } catch (error) {
      // What was given may throw when it is looked at.
      throw error instanceof RoamError ? error : refusal(`${this.#call}: ${name} cannot be read`);
    }
  }

  // What must fit together.
  #compare({ conversationId, conversationType, startTime, endTime }) {
    const wrongId = (words) => this.#refuse("conversationId", words, describe(conversationId));
    if (conversationType === 0 && !isUser(conversationId)) wrongId(`a user id: ${USER}`);
    if (conversationType > 0 && (/[\p{Cc}@]/u.test(conversationId) || bytes(conversationId) > 64)) {
      wrongId("an id of 1 to 64 bytes without control characters and @");
    }
    if (startTime > endTime) this.#refuse("startTime", `not after endTime (${endTime})`, describe(startTime));
  }

  #refuse(name, words, was, code) {
    throw refusal(`${this.#call}: ${name} must be ${words}${was && `, but was ${was}`}`, code);
  }
}

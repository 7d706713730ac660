// The known differences between RoamKit's connection and the official client's, each with its reason.
//
// A pattern matches the paths that `differences` in record.mjs yields: `*` is one part of a path, or some of its
// characters; `**` is any number of parts. docs/easemob.md contains each reason literally.

const NOT_STORED = "RoamKit does not store who edited a message, when and how often: `modifiedInfo` is missing.";
const DOCUMENTED_ONLY = "Results contain only the documented fields, not the rest of the server's answer (`timestamp`, `duration` …).";
const RESULT = "`success` receives the same value as the promise; the official client passes the server's answer.";
const MESSAGE = "The `message` of an error is RoamKit's, and `data` is its `RoamError`; `type` is the same.";
const DURATION = "Errors do not contain the duration of a request (`extraInfo`).";
const CONTEXT = "`context` has no `appId`, `status` or `root`.";
const CURSOR = "At the end of an empty history `cursor` is missing; the official client returns the server's text, `\"undefined\"`.";
const NO_EVENT = "There are no events for edits, recalls and receipts: `onModifiedMessage`, `onRecallMessage`, `onReadMessage` … are never called. The next read shows the edit or the recall.";
const PINS = "`onMultiDeviceEvent` is not called for pins and marks; lists show them.";
const OFFLINE_SYNC = "`onOfflineMessageSyncStart` and `onOfflineMessageSyncFinish` are never called.";
const END_TIME = "`searchOptions.endTime` works without a `startTime` and must be a number; the official client checks `startTime` instead.";
const LOCAL_FORM = "Messages of the local copy have the form of a page of history, with `onlineState`, even if they came from a list.";
const REMOVED = "The local copy drops what another device removed or deleted; the official client's local cache keeps it.";

/** Differences of a connection. */
export const CONNECTION = [
  ["fields * / context / appId", CONTEXT],
  ["fields * / context / status", CONTEXT],
  ["fields * / context / root", CONTEXT],
  ["open with nothing / rejected / *", "`open()` without parameters rejects with an `ErrorEvent`; the official client rejects with a `TypeError`."],
  ["open with * / rejected / data / extraInfo", DURATION],
  ["open with * / callbacks / error / data / extraInfo", DURATION],
  ["open by password: events / onOfflineMessageSync*", OFFLINE_SYNC],
  ["getConversationlist* / resolved / duration", DOCUMENTED_ONLY],
  ["getConversationlist* / resolved / timestamp", DOCUMENTED_ONLY],
  ["delete * / resolved / duration", DOCUMENTED_ONLY],
  ["delete * / resolved / timestamp", DOCUMENTED_ONLY],
  ["getConversationlist, with callbacks / callbacks / success / **", RESULT],
  ["delete a conversation / callbacks / success / *", RESULT],
  ["history, until / *", END_TIME],
  ["getHistoryMessages({*\"endTime\":\"1\"}}) / rejected / *", END_TIME],
  ["history, of nobody / resolved / cursor", CURSOR],
  ["*: history / resolved / cursor", CURSOR],
  ["history, of no group / rejected / message", MESSAGE],
  ["history, of no group / rejected / data", MESSAGE],
  ["history, failing with callbacks / rejected / message", MESSAGE],
  ["history, failing with callbacks / rejected / data", MESSAGE],
  ["history, failing with callbacks / callbacks / fail / message", MESSAGE],
  ["history, failing with callbacks / callbacks / fail / data", MESSAGE],
  ["history, failing with callbacks / callbacks / fail / extraInfo", DURATION],
  ["getServerConversations({*}) / rejected / message", MESSAGE],
  ["getServerConversations({*}) / rejected / data", MESSAGE],
  ["getHistoryMessages({*\"cursor\":\"no id\"}) / rejected / message", MESSAGE],
  ["getHistoryMessages({*\"cursor\":\"no id\"}) / rejected / data", MESSAGE],
  ["removeHistoryMessages({*\"no id\"]}) / rejected / message", MESSAGE],
  ["removeHistoryMessages({*\"no id\"]}) / rejected / data", MESSAGE],
  ["pin a missing conversation / rejected / message", MESSAGE],
  ["pin a missing conversation / rejected / data", MESSAGE],
  ["an edit: events / onModifiedMessage", NO_EVENT],
  ["history after the edit / resolved / messages / * / modifiedInfo", NOT_STORED],
  ["a recall: events / onRecallMessage", NO_EVENT],
  ["a receipt: events / onReadMessage", NO_EVENT],
  ["a pin elsewhere: events / onMultiDeviceEvent", PINS],
  ["the end of a pin elsewhere: events / onMultiDeviceEvent", PINS],
  ["renew by a wrong token / rejected / extraInfo", DURATION],
];

/** Differences of the local cache. */
export const LOCAL_CACHE = [
  ["local, after * / resolved / data / * / lastMessage / onlineState", LOCAL_FORM],
  ["local, one / resolved / data / lastMessage / onlineState", LOCAL_FORM],
  ["local, cleared / resolved / data / lastMessage / onlineState", LOCAL_FORM],
  ["local, after a removal elsewhere / resolved / data / lastMessage / *", REMOVED],
  ["local, after a removal elsewhere / resolved / data / lastMessage / ext / i", REMOVED],
  ["local, after a deletion elsewhere / resolved / data", REMOVED],
];

/** Differences with a service that has no message roaming or whose server is restarted. */
export const SERVICE = [
  ["roaming off / rejected / message", MESSAGE],
  ["roaming off / rejected / data", MESSAGE],
];

/** Converts a pattern to a regular expression. */
export function toRegExp(pattern) {
  const parts = pattern.split("**").map((part) => part.split("*").map((text) => escape(text)).join("[^/]*"));
  return new RegExp(`^${parts.join(".*")}$`, "u");
}

const escape = (text) => text.replace(/[\\^$.*+?()[\]{}|/-]/gu, "\\$&");

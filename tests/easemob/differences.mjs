// Where RoamKit's connection differs from the official client's, and why. The paths are those that `differences` of
// record.mjs gives: `*` is one part of a path, or some of its letters, and `**` is anything. The reasons stand in
// docs/easemob.md, too, in the same words.

const NOT_KEPT = "RoamKit does not keep who edited a message, when and how often: `modifiedInfo` is missing.";
const ANSWER = "Results hold what is documented, and not what the server's answer had besides (`timestamp`, `duration` …).";
const RAW = "`success` gets what the promise resolves with; the official client hands over the server's answer as it came.";
const WORDS = "The words of a refusal (`message`) are RoamKit's, and `data` is its `RoamError`; `type` is the same.";
const TIMES = "Errors do not tell how long a request took (`extraInfo`).";
const CONTEXT = "`context` has neither `appId` nor `status` nor `root`.";
const END = "At the end of an empty history `cursor` is missing; the official client hands over the server's text, `\"undefined\"`.";
const UNHEARD = "There are no events for edits, recalls and receipts: `onModifiedMessage`, `onRecallMessage`, `onReadMessage` … are never called. What was edited or recalled is so in the next read.";
const PINS = "`onMultiDeviceEvent` does not tell of pins and marks; lists show them.";
const OFFLINE_SYNC = "`onOfflineMessageSyncStart` and `onOfflineMessageSyncFinish` are never called.";
const LIST_FORM = "Messages of the local copy are in the form of a page of history, with `onlineState`, also where a list brought them.";
const DROPPED = "What another device removed or deleted is gone from the local copy; the official client's local cache keeps it.";

/** In the connection. */
export const CONNECTION = [
  ["fields * / context / appId", CONTEXT],
  ["fields * / context / status", CONTEXT],
  ["fields * / context / root", CONTEXT],
  ["open with nothing / rejected / *", "`open()` without parameters rejects with an `ErrorEvent`; the official client with a `TypeError` of its own."],
  ["open with * / rejected / data / extraInfo", TIMES],
  ["open with * / noted / error / data / extraInfo", TIMES],
  ["open by password: told / onOfflineMessageSync*", OFFLINE_SYNC],
  ["getConversationlist* / resolved / duration", ANSWER],
  ["getConversationlist* / resolved / timestamp", ANSWER],
  ["delete * / resolved / duration", ANSWER],
  ["delete * / resolved / timestamp", ANSWER],
  ["getConversationlist, with callbacks / noted / success / **", RAW],
  ["delete a conversation / noted / success / *", RAW],
  ["history, until / *", "`searchOptions.endTime` is taken without a `startTime`, too, and has to be a number; the official client checks the wrong one of the two."],
  ["getHistoryMessages({*\"endTime\":\"1\"}}) / rejected / *", "`searchOptions.endTime` is taken without a `startTime`, too, and has to be a number; the official client checks the wrong one of the two."],
  ["history, of nobody / resolved / cursor", END],
  ["*: history / resolved / cursor", END],
  ["history, of no group / rejected / message", WORDS],
  ["history, of no group / rejected / data", WORDS],
  ["history, failing with callbacks / rejected / message", WORDS],
  ["history, failing with callbacks / rejected / data", WORDS],
  ["history, failing with callbacks / noted / fail / message", WORDS],
  ["history, failing with callbacks / noted / fail / data", WORDS],
  ["history, failing with callbacks / noted / fail / extraInfo", TIMES],
  ["getServerConversations({*}) / rejected / message", WORDS],
  ["getServerConversations({*}) / rejected / data", WORDS],
  ["getHistoryMessages({*\"cursor\":\"no id\"}) / rejected / message", WORDS],
  ["getHistoryMessages({*\"cursor\":\"no id\"}) / rejected / data", WORDS],
  ["removeHistoryMessages({*\"no id\"]}) / rejected / message", WORDS],
  ["removeHistoryMessages({*\"no id\"]}) / rejected / data", WORDS],
  ["an edit: told / onModifiedMessage", UNHEARD],
  ["history after the edit / resolved / messages / * / modifiedInfo", NOT_KEPT],
  ["a recall: told / onRecallMessage", UNHEARD],
  ["a receipt: told / onReadMessage", UNHEARD],
  ["a pin elsewhere: told / onMultiDeviceEvent", PINS],
  ["the end of a pin elsewhere: told / onMultiDeviceEvent", PINS],
  ["renew by a wrong token / rejected / extraInfo", TIMES],
];

/** In the local cache. */
export const LOCAL_CACHE = [
  ["local, after * / resolved / data / * / lastMessage / onlineState", LIST_FORM],
  ["local, one / resolved / data / lastMessage / onlineState", LIST_FORM],
  ["local, after a removal elsewhere / resolved / data / lastMessage / *", DROPPED],
  ["local, after a removal elsewhere / resolved / data / lastMessage / ext / i", DROPPED],
  ["local, after a deletion elsewhere / resolved / data", DROPPED],
];

/** In how the two meet a service that is switched off, or goes away. */
export const SERVICE = [
  ["roaming off / rejected / message", WORDS],
  ["roaming off / rejected / data", WORDS],
];

/** A path's pattern as an expression. */
export function expression(pattern) {
  const parts = pattern.split("**").map((part) => part.split("*").map((text) => escape(text)).join("[^/]*"));
  return new RegExp(`^${parts.join(".*")}$`, "u");
}

const escape = (text) => text.replace(/[\\^$.*+?()[\]{}|/-]/gu, "\\$&");

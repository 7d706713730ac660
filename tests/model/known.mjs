// Differences from the promises that are known and not mended yet. While a flag is false the tests steer around
// exactly that case; switched on, they hold the copy to it. `known.test.mjs` has the shortest way to each. A flag goes
// when its case is mended.

/** `ROAMKIT_KNOWN=lateEdit,lostAnswer` switches flags on for one run, `all` every one. */
const named = (process.env.ROAMKIT_KNOWN ?? "").split(",");
const on = (flag, mended) => mended || named.includes(flag) || (named.includes("all") && flag !== "sharedSession");

export const KNOWN = {
  /** A page that was asked for before an edit and arrives after it shows the edit. */
  lateEdit: on("lateEdit", true),
  /** A live message that sorts before the newest message of a page asked for before it came outlives that page. */
  liveBeforePage: on("liveBeforePage", true),
  /** A page or list that was asked for before a conversation was deleted does not bring it back when it arrives. */
  deletionOvertakesPage: on("deletionOvertakesPage", true),
  /** A removal that the server did and whose answer was lost leaves no page that claims to be complete. */
  lostAnswer: on("lostAnswer", true),
  /** What is sent while the answer to an own deletion is on its way is not taken for deleted. */
  lateOwnAnswer: on("lateOwnAnswer", true),
  /** A message sent after a removal, under a time before it, is shown as the server shows it. */
  oldTimeAfterRemoval: on("oldTimeAfterRemoval", true),
  /** A live message under an old time is not taken for the end of a history whose end was never heard of. */
  oldTimeAtUnknownEnd: on("oldTimeAtUnknownEnd", true),
  /** One walk of several pages through the list takes off it what is gone. */
  longWalk: on("longWalk", true),
  /** A list that arrives in one tab does not take off what another tab's session brought meanwhile. */
  listAcrossTabs: on("listAcrossTabs", true),
  /** A deleted conversation that came back, and of which only what is older than the deletion is left, stays listed. */
  backByOlder: on("backByOlder", true),
  /** Tabs of one device share one session: each hears every event once. Until then one of them does. */
  sharedSession: on("sharedSession", false),
};

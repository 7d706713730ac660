// The tables, in Markdown that can be read as it is.

import { figures, median, percentile, reached, speed } from "./numbers.mjs";

const times = (ratio) => `${figures(ratio)} ×`;

function table(head, rows) {
  const widths = head.map((_, at) => Math.max(...[head, ...rows].map((row) => row[at].length)));
  const line = (cells) => `| ${cells.map((cell, at) => cell.padEnd(widths[at])).join(" | ")} |`;
  return [line(head), `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...rows.map(line)].join("\n");
}

function aim({ reach }) {
  if (!reach) return "";
  const parts = [];
  if (reach.faster) parts.push(reach.faster === 1 ? "not slower" : `${reach.faster} × as fast`);
  if (reach.slower) parts.push(reach.slower === 1 ? "flat" : `at most ${reach.slower} × the time`);
  if (reach.under) parts.push(`under ${reach.under} ms`);
  return parts.join(", ");
}

const verdict = (reached) => ({ true: "yes", false: "**no**" })[reached] ?? "";

/** What was done, how long it took on either side, and how that compares. */
export function speedTable(rows) {
  const timed = rows.filter(({ ours }) => ours);
  if (timed.length === 0) return "";
  return table(
    ["what", "RoamKit", "against", "that", "as fast (least – most of a round)", "to reach", "reached"],
    timed.map((row) => {
      const unit = row.unit ?? "ms";
      const { ratio, least, most } = speed(row);
      const spread = row.ours.length > 1 ? ` (${figures(least)} – ${figures(most)})` : "";
      return [
        row.what,
        `${figures(median(row.ours))} ${unit}`,
        row.against,
        `${figures(median(row.theirs))} ${unit}`,
        times(ratio) + spread,
        aim(row),
        verdict(reached(row)),
      ];
    }),
  );
}

/** How often either side asks the database. */
export function requestTable(rows) {
  const cell = ({ transactions, requests }) => `${requests.toLocaleString("en")} in ${transactions.toLocaleString("en")}`;
  const counted = rows.filter(({ requests }) => requests);
  if (counted.length === 0) return "";
  return table(
    ["IndexedDB requests in transactions", "RoamKit", "Dexie"],
    counted.map(({ what, requests }) => [what, cell(requests.ours), cell(requests.theirs)]),
  );
}

const withSpread = (samples) =>
  `${figures(median(samples))} (${figures(Math.min(...samples))} – ${figures(Math.max(...samples))})`;

/** A column for each size of blocks: the median, and the least and most of any round. */
export function blockTable(rows) {
  const sizes = Object.keys(rows[0].samples);
  return table(
    ["ms (least – most)", ...sizes.map((size) => `at most ${size}`)],
    rows.map(({ what, samples }) => [what, ...sizes.map((size) => withSpread(samples[size]))]),
  );
}

/** How long single events took. */
export function delayTable(rows) {
  const timed = rows.filter(({ delays }) => delays);
  if (timed.length === 0) return "";
  const [{ delays }] = timed;
  return table(
    [`ms, of ${delays.length.toLocaleString("en")}`, "median", "90 %", "99 %", "most", "to reach", "reached"],
    timed.map(({ what, delays, reach }) => [
      what,
      ...[50, 90, 99, 100].map((percent) => figures(percentile(delays, percent))),
      reach ? `99 % under ${reach.p99} ms` : "",
      verdict(reach && percentile(delays, 99) < reach.p99),
    ]),
  );
}

/** A column for each layout. */
export function catchUpTable(rows) {
  const measured = rows.filter(({ layouts }) => layouts);
  if (measured.length === 0) return "";
  return table(
    ["10,000 notices (least – most of a round)", "unit", "of one conversation", "of 50, in turn", "to reach", "reached"],
    measured.map(({ what, unit, layouts: { one, many }, reach }) => [
      what,
      unit,
      withSpread(one),
      withSpread(many),
      reach ? `under ${reach.toLocaleString("en")} ${unit}` : "",
      verdict(reach && Math.max(median(one), median(many)) < reach),
    ]),
  );
}

/** What the main thread did for long. */
export function taskTable(rows) {
  const counted = rows.filter(({ tasks }) => tasks);
  if (counted.length === 0) return "";
  return table(
    ["main thread (least – most of a round)", "RoamKit", "official client"],
    counted.map(({ what, tasks }) => [what, withSpread(tasks.ours), withSpread(tasks.theirs)]),
  );
}

/** How large things are. */
export function sizeTable(rows) {
  const sized = rows.filter(({ size }) => size);
  if (sized.length === 0) return "";
  const kilobytes = (bytes) => `${figures(bytes / 1000)} KB`;
  return table(
    ["to download", "as it is", "gzip -9", "brotli -9"],
    sized.map(({ what, size }) => [what, kilobytes(size.raw), kilobytes(size.gzip), kilobytes(size.brotli)]),
  );
}

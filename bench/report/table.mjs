// Tables in aligned Markdown.

import { figures, median, percentile, isReached, speed } from "./numbers.mjs";

const times = (ratio) => `${figures(ratio)} ×`;

function table(head, rows) {
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i].length)));
  const line = (cells) => `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(" | ")} |`;
  return [line(head), `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...rows.map(line)].join("\n");
}

function describeGoal({ goal }) {
  if (!goal) return "";
  const parts = [];
  if (goal.faster) parts.push(goal.faster === 1 ? "not slower" : `${goal.faster} × as fast`);
  if (goal.slower) parts.push(goal.slower === 1 ? "flat" : `at most ${goal.slower} × the time`);
  if (goal.under) parts.push(`under ${goal.under} ms`);
  return parts.join(", ");
}

const verdict = (reached) => ({ true: "yes", false: "**no**" })[reached] ?? "";

/** The durations of both sides, their ratio, and the goal. */
export function speedTable(rows) {
  const timed = rows.filter(({ roamkit }) => roamkit);
  if (timed.length === 0) return "";
  return table(
    ["operation", "RoamKit", "compared with", "its time", "speed ratio (range of the rounds)", "goal", "reached"],
    timed.map((row) => {
      const unit = row.unit ?? "ms";
      const { ratio, least, most } = speed(row);
      const spread = row.roamkit.length > 1 ? ` (${figures(least)} – ${figures(most)})` : "";
      return [
        row.what,
        `${figures(median(row.roamkit))} ${unit}`,
        row.against,
        `${figures(median(row.other))} ${unit}`,
        times(ratio) + spread,
        describeGoal(row),
        verdict(isReached(row)),
      ];
    }),
  );
}

/** The IndexedDB requests of both sides. */
export function requestTable(rows) {
  const cell = ({ transactions, requests }) => `${requests.toLocaleString("en")} in ${transactions.toLocaleString("en")}`;
  const counted = rows.filter(({ requests }) => requests);
  if (counted.length === 0) return "";
  return table(
    ["IndexedDB requests in transactions", "RoamKit", "Dexie"],
    counted.map(({ what, requests }) => [what, cell(requests.roamkit), cell(requests.other)]),
  );
}

const withSpread = (samples) =>
  `${figures(median(samples))} (${figures(Math.min(...samples))} – ${figures(Math.max(...samples))})`;

/** One column per block size, with the median and the range of the rounds. */
export function blockTable(rows) {
  const sizes = Object.keys(rows[0].samples);
  return table(
    ["ms (range of the rounds)", ...sizes.map((size) => `at most ${size}`)],
    rows.map(({ what, samples }) => [what, ...sizes.map((size) => withSpread(samples[size]))]),
  );
}

/** The distribution of delays. */
export function delayTable(rows) {
  const timed = rows.filter(({ delays }) => delays);
  if (timed.length === 0) return "";
  const [{ delays }] = timed;
  return table(
    [`ms, of ${delays.length.toLocaleString("en")}`, "median", "90 %", "99 %", "max", "goal", "reached"],
    timed.map(({ what, delays, goal }) => [
      what,
      ...[50, 90, 99, 100].map((percent) => figures(percentile(delays, percent))),
      goal ? `99 % under ${goal.p99} ms` : "",
      verdict(goal && percentile(delays, 99) < goal.p99),
    ]),
  );
}

/** One column per layout. */
export function catchUpTable(rows) {
  const measured = rows.filter(({ layouts }) => layouts);
  if (measured.length === 0) return "";
  return table(
    ["10,000 notices (range of the rounds)", "unit", "one conversation", "50 conversations", "goal", "reached"],
    measured.map(({ what, unit, layouts: { one, many }, goal }) => [
      what,
      unit,
      withSpread(one),
      withSpread(many),
      goal ? `under ${goal.toLocaleString("en")} ${unit}` : "",
      verdict(goal && Math.max(median(one), median(many)) < goal),
    ]),
  );
}

/** Long tasks on the main thread. */
export function taskTable(rows) {
  const counted = rows.filter(({ tasks }) => tasks);
  if (counted.length === 0) return "";
  return table(
    ["main thread (range of the rounds)", "RoamKit", "official client"],
    counted.map(({ what, tasks }) => [what, withSpread(tasks.roamkit), withSpread(tasks.other)]),
  );
}

/** Download sizes. */
export function sizeTable(rows) {
  const sized = rows.filter(({ size }) => size);
  if (sized.length === 0) return "";
  const kilobytes = (bytes) => `${figures(bytes / 1000)} KB`;
  return table(
    ["download", "raw", "gzip -9", "brotli -9"],
    sized.map(({ what, size }) => [what, kilobytes(size.raw), kilobytes(size.gzip), kilobytes(size.brotli)]),
  );
}

// The plot: a bar with the speed ratio of each row.

import { figures, isReached, speed, goalRatio } from "./numbers.mjs";

const WIDTH = 860;
const LABELS = 372;
const RIGHT = 96;
const TOP = 84;
const ROW = 50;
const BAR = 16;

// The colors are readable on light and dark backgrounds.
const STYLE = `
    text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: #1f2328 }
    .soft { font-size: 11.5px; fill: #59636e }
    .title { font-size: 15px; font-weight: 600 }
    .value { font-weight: 600; font-variant-numeric: tabular-nums }
    .grid { stroke: #d1d9e0 } .even { stroke: #818b98 } .goal, .spread { stroke: #1f2328 }
    .yes { fill: #2f7fd3 } .no { fill: #d9822b } .plain { fill: #8f99a5 }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc } .soft { fill: #9ba5b0 }
      .grid { stroke: #30363d } .even { stroke: #7d8590 } .goal, .spread { stroke: #f0f6fc }
      .yes { fill: #4493f8 } .no { fill: #db8f3c } .plain { fill: #6e7781 }
    }`;

const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("`", "");

/** Draws the rows that are times. Returns SVG. */
export function plot(rows) {
  const shown = rows.filter(({ unit = "ms" }) => unit === "ms");
  const all = shown.flatMap((row) => [speed(row).least, speed(row).most, goalRatio(row) ?? 1]);
  const [low, high] = [Math.min(0.5, ...all) / 1.15, Math.max(2, ...all) * 1.15];
  const plotWidth = WIDTH - LABELS - RIGHT;
  const x = (ratio) => +(LABELS + (Math.log(ratio / low) / Math.log(high / low)) * plotWidth).toFixed(1);
  const height = TOP + shown.length * ROW + 4;
  const bottom = height - 4;
  const ticks = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100].filter((tick) => tick > low && tick < high);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="How many times as fast RoamKit is">
  <style>${STYLE}
  </style>
  <text class="title" x="0" y="16">How many times as fast RoamKit is</text>
  <g transform="translate(0 37)">${legend()}</g>
  <text class="soft" x="${x(1) - 8}" y="${TOP - 32}" text-anchor="end">slower ←</text>
  <text class="soft" x="${x(1) + 8}" y="${TOP - 32}">→ faster</text>
  ${ticks.map((tick) => grid(x(tick), tick, bottom)).join("\n  ")}
  ${shown.map((row, i) => bar(row, TOP + i * ROW, x)).join("\n  ")}
</svg>
`;
}

function legend() {
  const key = (x, mark, text) => `<g transform="translate(${x} 0)">${mark}<text class="soft" x="18" y="0">${text}</text></g>`;
  return [
    key(0, `<rect class="yes" y="-9" width="11" height="10" rx="2"/>`, "reached"),
    key(80, `<rect class="no" y="-9" width="11" height="10" rx="2"/>`, "not reached"),
    key(182, `<rect class="plain" y="-9" width="11" height="10" rx="2"/>`, "no goal"),
    key(280, `<line class="goal" x1="6" x2="6" y1="-11" y2="2" stroke-width="2.5"/>`, "goal"),
    key(354, `<line class="spread" x1="0" x2="12" y1="-4" y2="-4"/>`, "range of the rounds"),
  ].join("");
}

function grid(x, tick, bottom) {
  return (
    `<line class="${tick === 1 ? "even" : "grid"}" x1="${x}" x2="${x}" y1="${TOP - 8}" y2="${bottom}"/>` +
    `<text class="soft" x="${x}" y="${TOP - 14}" text-anchor="middle">${tick} ×</text>`
  );
}

function bar(row, top, x) {
  const { ratio, least, most } = speed(row);
  const kind = { true: "yes", false: "no" }[isReached(row)] ?? "plain";
  const [from, to] = [Math.min(x(1), x(ratio)), Math.max(x(1), x(ratio))];
  const y = top + (ROW - BAR) / 2 - 4;
  const middle = y + BAR / 2;
  const goal = goalRatio(row);
  const mark = goal
    ? `<line class="goal" x1="${x(goal)}" x2="${x(goal)}" y1="${y - 5}" y2="${y + BAR + 5}" stroke-width="2.5"/>`
    : "";
  return [
    `<g><text x="0" y="${middle - 3}">${escape(row.what)}</text>`,
    `<text class="soft" x="0" y="${middle + 13}">${escape(`against ${row.against}`)}</text>`,
    `<rect class="${kind}" x="${from}" y="${y}" width="${Math.max(to - from, 2)}" height="${BAR}" rx="2"/>`,
    `<line class="spread" x1="${x(least)}" x2="${x(most)}" y1="${middle}" y2="${middle}"/>`,
    mark,
    `<text class="value" x="${WIDTH}" y="${middle + 4}" text-anchor="end">${figures(ratio)} ×</text></g>`,
  ].join("");
}

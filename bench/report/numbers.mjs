// Statistics of samples.

export function median(samples) {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The value that `percent` of the samples do not exceed. */
export function percentile(samples, percent) {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)];
}

/** Formats a value with three significant figures. */
export function figures(value) {
  if (value >= 100) return Math.round(value).toLocaleString("en");
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/**
 * The speed ratio: the other side's time divided by RoamKit's. `ratio` compares the medians; `least` and `most` are the
 * extremes of the rounds. For other quantities than time, a higher ratio means a smaller value.
 */
export function speed({ roamkit, other }) {
  const rounds = roamkit.map((sample, i) => other[i] / sample);
  return { ratio: median(other) / median(roamkit), least: Math.min(...rounds), most: Math.max(...rounds) };
}

/** Returns whether a row reaches its goal; undefined if it has none. */
export function isReached({ roamkit, other, goal }) {
  if (!goal) return undefined;
  const { ratio } = speed({ roamkit, other });
  const { faster = 0, slower = Infinity, under = Infinity } = goal;
  return ratio >= faster && 1 / ratio <= slower && median(roamkit) < under;
}

/** The speed ratio of a row's goal. */
export const goalRatio = ({ goal }) => goal?.faster ?? (goal?.slower && 1 / goal.slower);

// What a row's samples say.

export function median(samples) {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** What so many of a hundred samples do not exceed. */
export function percentile(samples, percent) {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)];
}

/** Three figures, as many as the samples are worth. */
export function figures(value) {
  if (value >= 100) return Math.round(value).toLocaleString("en");
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/**
 * How many times as fast ours is as theirs, of the medians, and the least and most of any round.
 * Of what is not time: how many times as little.
 */
export function speed({ ours, theirs }) {
  const rounds = ours.map((sample, at) => theirs[at] / sample);
  return { ratio: median(theirs) / median(ours), least: Math.min(...rounds), most: Math.max(...rounds) };
}

/** Whether what is to be reached was; undefined where nothing is. */
export function reached({ ours, theirs, reach }) {
  if (!reach) return undefined;
  const { ratio } = speed({ ours, theirs });
  const { faster = 0, slower = Infinity, under = Infinity } = reach;
  return ratio >= faster && 1 / ratio <= slower && median(ours) < under;
}

/** The ratio that is to be reached, as speed. */
export const wantedSpeed = ({ reach }) => reach?.faster ?? (reach?.slower && 1 / reach.slower);

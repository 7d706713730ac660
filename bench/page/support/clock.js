// Taking times: what is compared takes turns, and the first turn does not count.

/** How long `work` takes, ms. */
export async function timed(work) {
  await settle();
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** How long one of `times` runs of `work` takes on average, ms; for what is too short to be timed alone. */
export async function average(times, work) {
  const whole = await timed(async () => {
    for (let at = 0; at < times; at += 1) await work(at);
  });
  return whole / times;
}

/** So many rounds are made at most for one that counts. */
export const TRIES = 4;

/**
 * Runs the sides by turns, `rounds` times and once before to warm up; every other round in the other order. A round
 * during which the machine had other work does not count and another is made, within reason.
 * @param {Record<string, (round: number) => Promise<number>>} sides what each took, ms; no round's number comes twice
 * @returns {Promise<Record<string, number[]>>} by round
 */
export async function byTurns(rounds, sides) {
  const names = Object.keys(sides);
  const samples = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0, counted = 0; counted < rounds; round += 1) {
    const took = {};
    await window.calm();
    for (const name of counted % 2 ? names.toReversed() : names) took[name] = await sides[name](round);
    const disturbed = await window.disturbed();
    if (round === 0 || (disturbed && round <= (TRIES - 1) * rounds)) continue;
    counted += 1;
    for (const name of names) samples[name].push(took[name]);
  }
  return samples;
}

/** What an earlier run left to do is done before the clock starts. */
async function settle() {
  globalThis.gc?.();
  await new Promise((resolve) => setTimeout(resolve, 20));
}

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

/**
 * Runs the sides by turns, `rounds` times and once before to warm up; every other round in the other order.
 * @param {Record<string, (round: number) => Promise<number>>} sides what each took, ms
 * @returns {Promise<Record<string, number[]>>} by round
 */
export async function byTurns(rounds, sides) {
  const names = Object.keys(sides);
  const samples = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const name of round % 2 ? names : names.toReversed()) {
      const took = await sides[name](round);
      if (round > 0) samples[name].push(took);
    }
  }
  return samples;
}

/** What an earlier run left to do is done before the clock starts. */
async function settle() {
  globalThis.gc?.();
  await new Promise((resolve) => setTimeout(resolve, 20));
}

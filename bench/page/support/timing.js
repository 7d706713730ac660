// Measures times. Compared operations run alternately, after a warm-up round.

/** Runs `work`. Resolves with its duration in ms. */
export async function timed(work) {
  await finishPendingWork();
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Runs `work` several times. Resolves with the mean duration in ms. Use it for work that is too short to be measured once. */
export async function average(repetitions, work) {
  const total = await timed(async () => {
    for (let i = 0; i < repetitions; i += 1) await work(i);
  });
  return total / repetitions;
}

/** The maximum number of attempts for each round that counts. */
export const MAX_TRIES = 4;

/**
 * Runs the sides alternately, every other round in reverse order, after a warm-up round. A round during which the machine
 * was busy with other work is repeated.
 * @param {Record<string, (round: number) => Promise<number>>} sides each resolves with its duration in ms; the number of a
 *   round is never used twice
 * @returns {Promise<Record<string, number[]>>} the samples of each side
 */
export async function alternate(rounds, sides) {
  const names = Object.keys(sides);
  const samples = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0, counted = 0; counted < rounds; round += 1) {
    const took = {};
    await window.waitUntilIdle();
    for (const name of counted % 2 ? names.toReversed() : names) took[name] = await sides[name](round);
    const disturbed = await window.wasDisturbed();
    if (round === 0 || (disturbed && round <= (MAX_TRIES - 1) * rounds)) continue;
    counted += 1;
    for (const name of names) samples[name].push(took[name]);
  }
  return samples;
}

/** Lets garbage collection and pending tasks of earlier work finish. */
async function finishPendingWork() {
  globalThis.gc?.();
  await new Promise((resolve) => setTimeout(resolve, 20));
}

// Random numbers that a seed reproduces. Browser pages import this file, too.

/** A pseudorandom generator (mulberry32). It need not be cryptographically secure. */
export class Random {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /** A number from 0 up to but not including 1. */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer from `min` to `max`, both included. */
  int(min, max) {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  chance(probability) {
    return this.next() < probability;
  }

  /** One item of a list; undefined if the list is empty. */
  pick(list) {
    return list[Math.floor(this.next() * list.length)];
  }

  /** Up to `count` different items of a list, in random order. */
  sample(list, count) {
    const rest = [...list];
    const taken = [];
    while (taken.length < count && rest.length > 0) taken.push(...rest.splice(this.int(0, rest.length - 1), 1));
    return taken;
  }

  /** One value of a list of `[weight, value]` pairs. */
  weighted(pairs) {
    let at = this.next() * pairs.reduce((sum, [weight]) => sum + weight, 0);
    return pairs.find(([weight]) => (at -= weight) < 0)?.[1] ?? pairs.at(-1)[1];
  }
}

/**
 * The seeds to run: the one in the environment variable, or else `failed`, the seeds that failed once, and `count` new
 * ones. `ROAMKIT_FRESH_SEEDS=0` replaces the new seeds with fixed ones.
 */
export function seeds(variable, count, failed = []) {
  const given = process.env[variable];
  if (given) return [Number(given)];
  const fresh = process.env.ROAMKIT_FRESH_SEEDS !== "0";
  const others = Array.from({ length: count }, (_, at) => (fresh ? Math.floor(Math.random() * 2 ** 32) : at + 1));
  return [...failed, ...others];
}

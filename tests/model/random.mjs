// Random numbers that a seed repeats.

/** A stream of numbers (mulberry32): spread is all that is asked of it. */
export class Random {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /** From 0 up to 1. */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number, both ends included. */
  int(from, to) {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  chance(probability) {
    return this.next() < probability;
  }

  /** One of a list; `undefined` of an empty one. */
  pick(list) {
    return list[Math.floor(this.next() * list.length)];
  }

  /** Some of a list, each at most once. */
  some(list, count) {
    const rest = [...list];
    const taken = [];
    while (taken.length < count && rest.length > 0) taken.push(...rest.splice(this.int(0, rest.length - 1), 1));
    return taken;
  }

  /** The second of one of the pairs `[weight, what]`. */
  weighted(pairs) {
    let at = this.next() * pairs.reduce((sum, [weight]) => sum + weight, 0);
    return pairs.find(([weight]) => (at -= weight) < 0)?.[1] ?? pairs.at(-1)[1];
  }
}

/**
 * Seeds to run, always written down: the one that the environment names; else those that failed once, and new ones.
 * With `ROAMKIT_FRESH_SEEDS=0` the same ones every time take the new ones' place.
 */
export function seeds(variable, count, failed = []) {
  const given = process.env[variable];
  if (given) return [Number(given)];
  const fresh = process.env.ROAMKIT_FRESH_SEEDS !== "0";
  const others = Array.from({ length: count }, (_, at) => (fresh ? Math.floor(Math.random() * 2 ** 32) : at + 1));
  return [...failed, ...others];
}

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

/** Seeds to run: the one that the environment names, or new ones; always written down. */
export function seeds(variable, count) {
  const given = process.env[variable];
  if (given) return [Number(given)];
  return Array.from({ length: count }, () => Math.floor(Math.random() * 2 ** 32));
}

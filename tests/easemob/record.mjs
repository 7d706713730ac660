// What happened in a run, in a form that a second run with the same data repeats exactly.
//
// Made equal are: ids of messages and groups, devices, tokens and addresses, by names that the run gives them; times of
// the run itself, and times to come. Everything else is left as it is.

/** The record of a run. */
export class Record {
  /** Outcomes by the names of their steps. */
  steps = {};
  #names = new Map();
  #began = Date.now();

  /** From now on this text, wherever it stands, reads as `<name>`. */
  name(text, name) {
    this.#names.set(String(text), `<${name}>`);
    return text;
  }

  /** Notes an outcome. */
  note(step, value) {
    if (step in this.steps) throw new Error(`there are two steps ${step}`);
    this.steps[step] = value;
  }

  /** All steps, with what differs from run to run made equal. */
  read() {
    const names = [...this.#names].sort(([a], [b]) => b.length - a.length);
    const text = (value) => {
      const named = names.reduce((text, [from, to]) => text.replaceAll(from, to), value);
      return named.replace(/"(timestamp|duration)":\d+/g, '"$1":<number>');
    };
    const number = (value) => {
      if (value > Date.now() + 60_000) return "<a time to come>";
      return value >= this.#began - 1000 && value <= Date.now() + 60_000 ? "<a time of the run>" : value;
    };
    const equal = (value) => {
      if (typeof value === "string") return text(value);
      if (typeof value === "number") return number(value);
      if (Array.isArray(value)) return value.map(equal);
      if (value === null || typeof value !== "object") return value;
      return Object.fromEntries(Object.entries(value).map(([key, value]) => [text(key), equal(value)]));
    };
    return equal(this.steps);
  }
}

/** Where two records differ: `[path, of the first, of the second]`; undefined for what is not there. A path begins with its step. */
export function* differences(a, b, path = []) {
  if (Object.is(a, b)) return;
  const both = [a, b].every((value) => value !== null && typeof value === "object");
  if (!both || Array.isArray(a) !== Array.isArray(b)) {
    yield [path.join(" / "), a, b];
    return;
  }
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) yield* differences(a[key], b[key], [...path, key]);
}

// The record of a run, normalized so that a second run with the same data gives the same record.
//
// Ids, devices, tokens and addresses are replaced by aliases that the run defines. Times during the run and in the future
// are replaced by placeholders. All other values stay as they are.

export class Record {
  /** Outcomes by the name of their step. */
  #steps = {};
  #aliases = new Map();
  #startedAt = Date.now();

  /** Replaces a text by `<name>` wherever it occurs. Returns the text. */
  alias(text, name) {
    this.#aliases.set(String(text), `<${name}>`);
    return text;
  }

  /** Adds the outcome of a step. */
  add(step, value) {
    if (step in this.#steps) throw new Error(`there are two steps ${step}`);
    this.#steps[step] = value;
  }

  /** Returns all steps in normalized form. */
  normalized() {
    const aliases = [...this.#aliases].sort(([a], [b]) => b.length - a.length);
    const text = (value) => {
      const replaced = aliases.reduce((text, [from, to]) => text.replaceAll(from, to), value);
      return replaced.replace(/"(timestamp|duration)":\d+/g, '"$1":<number>');
    };
    const number = (value) => {
      if (value > Date.now() + 60_000) return "<a future time>";
      return value >= this.#startedAt - 1000 && value <= Date.now() + 60_000 ? "<a time of the run>" : value;
    };
    const normalize = (value) => {
      if (typeof value === "string") return text(value);
      if (typeof value === "number") return number(value);
      if (Array.isArray(value)) return value.map(normalize);
      if (value === null || typeof value !== "object") return value;
      return Object.fromEntries(Object.entries(value).map(([key, value]) => [text(key), normalize(value)]));
    };
    return normalize(this.#steps);
  }
}

/**
 * Lists the differences of two values as `[path, first, second]`. A path starts with the step's name. A missing value is
 * undefined.
 */
export function* differences(a, b, path = []) {
  if (Object.is(a, b)) return;
  const both = [a, b].every((value) => value !== null && typeof value === "object");
  if (!both || Array.isArray(a) !== Array.isArray(b)) {
    yield [path.join(" / "), a, b];
    return;
  }
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) yield* differences(a[key], b[key], [...path, key]);
}

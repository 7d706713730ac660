// Steps that release what a test has opened.

export class Cleanup {
  #steps = [];

  /** Adds a step. Steps run in reverse order. */
  defer(step) {
    this.#steps.push(step);
  }

  async run() {
    for (const step of this.#steps.splice(0).reverse()) await step();
  }
}

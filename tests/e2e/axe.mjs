// Runs axe-core, an accessibility checker, on a page.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const SOURCE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Returns the serious and critical findings, one line per rule. */
export async function findings(page) {
  // The page's Content-Security-Policy blocks foreign scripts, but not code that DevTools evaluates.
  await page.evaluate(`window.axe || (() => { ${SOURCE} })()`);
  return page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ["violations"] });
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => {
        const { html, any } = nodes[0];
        return `${id} (${nodes.length}): ${html.slice(0, 160)} ${any[0]?.message ?? ""}`;
      });
  });
}

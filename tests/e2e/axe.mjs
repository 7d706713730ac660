// What axe-core finds on a page that is really bad for somebody.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const SOURCE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Serious and critical findings, a line a rule. */
export async function findings(page) {
  // Run from outside, as DevTools does: the page's policy lets no foreign script in.
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

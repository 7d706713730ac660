// Counts the frames that Chromium draws, by its trace.

/** Runs `action`. Resolves with the numbers of `drawn` and `dropped` frames and with the `seconds` it took. */
export async function countFrames(browser, page, action) {
  await browser.startTracing(page, {
    categories: ["devtools.timeline", "disabled-by-default-devtools.timeline.frame"],
  });
  const start = performance.now();
  let trace;
  try {
    await action();
  } finally {
    trace = await browser.stopTracing();
  }
  const seconds = (performance.now() - start) / 1000;
  const { traceEvents } = JSON.parse(trace.toString("utf8"));
  const count = (name) => traceEvents.filter((event) => event.name === name).length;
  return { drawn: count("DrawFrame"), dropped: count("DroppedFrame"), seconds };
}

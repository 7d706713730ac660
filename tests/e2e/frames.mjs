// The frames that Chromium drew, by its own trace.

/** Runs `job` and counts: `drawn` and `dropped` frames, and the `seconds` it took. */
export async function framesOf(browser, page, job) {
  await browser.startTracing(page, {
    categories: ["devtools.timeline", "disabled-by-default-devtools.timeline.frame"],
  });
  const start = performance.now();
  let trace;
  try {
    await job();
  } finally {
    trace = await browser.stopTracing();
  }
  const seconds = (performance.now() - start) / 1000;
  const { traceEvents } = JSON.parse(trace.toString("utf8"));
  const count = (name) => traceEvents.filter((event) => event.name === name).length;
  return { drawn: count("DrawFrame"), dropped: count("DroppedFrame"), seconds };
}

// Runs one measure; `bench/run.mjs` calls it.

window.measure = async (name, settings) => {
  if (!crossOriginIsolated) throw new Error("without cross-origin isolation the clock is too coarse");
  const { default: run } = await import(`./measures/${name}.js`);
  return run(settings);
};
window.ready = true;

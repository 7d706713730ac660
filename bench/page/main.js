// Runs one benchmark. `bench/run.mjs` calls this function.

window.runBenchmark = async (name, settings) => {
  if (!crossOriginIsolated) throw new Error("the clock is too coarse without cross-origin isolation");
  const { default: run } = await import(`./benchmarks/${name}.js`);
  return run(settings);
};
window.ready = true;

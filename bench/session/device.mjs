// A device of a user: a page of its own, which `bench/page/session/` runs in.

/** Opens the device's local copy in a page of its own. */
export async function openDevice(bench, options) {
  const page = await bench.openPage();
  const device = {
    page,
    /** Calls what that module of the page exports. */
    call: (module, name, ...given) =>
      page.evaluate(
        ([module, name, given]) => import(`/session/${module}.js`).then((loaded) => loaded[name](...given)),
        [module, name, given],
      ),
    close: () => page.close(),
  };
  await device.call("client", "open", options);
  return device;
}

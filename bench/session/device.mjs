// A device of a user: a page that runs the modules of `bench/page/session/`.

/** Opens a page and the device's local copy in it. */
export async function openDevice(bench, options) {
  const page = await bench.openPage();
  const device = {
    page,
    /** Calls an exported function of a module in the page. */
    call: (module, name, ...args) =>
      page.evaluate(
        ([module, name, args]) => import(`/session/${module}.js`).then((exports) => exports[name](...args)),
        [module, name, args],
      ),
    close: () => page.close(),
  };
  await device.call("client", "open", options);
  return device;
}

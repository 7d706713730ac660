// Loaded before anything else: counts what a page holds of the platform, by wrapping how it is got and let go.

const counts = (() => {
  const { addEventListener, removeEventListener } = EventTarget.prototype;
  const listen = (target, type, heard, once = true) => addEventListener.call(target, type, heard, { once });
  const held = { sockets: new Set(), channels: new Set(), databases: new Set(), opening: new Set(), transactions: new Set() };
  const timers = new Set();
  const signals = new Set();
  let fetches = 0;

  function wrapClass(name, set, end) {
    const Original = globalThis[name];
    globalThis[name] = class extends Original {
      constructor(...args) {
        super(...args);
        set.add(this);
        end(this, () => set.delete(this));
      }
    };
  }
  wrapClass("WebSocket", held.sockets, (socket, gone) => listen(socket, "close", gone));
  wrapClass("BroadcastChannel", held.channels, (channel, gone) => {
    channel.close = () => {
      gone();
      BroadcastChannel.prototype.close.call(channel);
    };
  });

  for (const [set, clear] of [["setTimeout", "clearTimeout"], ["setInterval", "clearInterval"]]) {
    const [originalSet, originalClear] = [globalThis[set], globalThis[clear]];
    globalThis[set] = (run, ms, ...args) => {
      const id = originalSet(() => {
        if (set === "setTimeout") timers.delete(id);
        run(...args);
      }, ms);
      timers.add(id);
      return id;
    };
    globalThis[clear] = (id) => {
      timers.delete(id);
      originalClear(id);
    };
  }

  const { open } = IDBFactory.prototype;
  IDBFactory.prototype.open = function (...args) {
    const request = open.apply(this, args);
    held.opening.add(request);
    const over = () => held.opening.delete(request);
    listen(request, "error", over);
    listen(request, "success", () => {
      over();
      const database = request.result;
      held.databases.add(database);
      listen(database, "close", () => held.databases.delete(database));
    });
    return request;
  };
  const { close, transaction } = IDBDatabase.prototype;
  IDBDatabase.prototype.close = function () {
    held.databases.delete(this);
    close.call(this);
  };
  IDBDatabase.prototype.transaction = function (...args) {
    const begun = transaction.apply(this, args);
    held.transactions.add(begun);
    for (const end of ["complete", "abort"]) listen(begun, end, () => held.transactions.delete(begun));
    return begun;
  };

  const originalFetch = globalThis.fetch;
  globalThis.fetch = async (...args) => {
    fetches += 1;
    try {
      return await originalFetch(...args);
    } finally {
      fetches -= 1;
    }
  };

  // Listeners of what outlives a client: the window, the document, and the signals a test names.
  const listeners = new Map();
  const outlives = (target) => target === window || target === document || signals.has(target);
  const key = (type, options) => `${type} ${Boolean(typeof options === "object" ? options?.capture : options)}`;
  const forget = (target, type, listener, options) => listeners.get(target)?.get(key(type, options))?.delete(listener);
  EventTarget.prototype.addEventListener = function (type, listener, options) {
    const target = this ?? window;
    if (listener && outlives(target) && !options?.signal?.aborted) {
      if (!listeners.has(target)) listeners.set(target, new Map());
      const types = listeners.get(target);
      if (!types.has(key(type, options))) types.set(key(type, options), new Set());
      types.get(key(type, options)).add(listener);
      const gone = () => forget(target, type, listener, options);
      if (options?.once) listen(target, type, gone);
      if (options?.signal) listen(options.signal, "abort", gone);
    }
    return addEventListener.call(target, type, listener, options);
  };
  EventTarget.prototype.removeEventListener = function (type, listener, options) {
    const target = this ?? window;
    forget(target, type, listener, options);
    return removeEventListener.call(target, type, listener, options);
  };
  const handlers = (target) => {
    let set = 0;
    for (const name in target) if (name.startsWith("on") && target[name]) set += 1;
    return set;
  };
  const count = (sets) => [...sets].reduce((sum, set) => sum + set.size, 0);

  return {
    /** Listeners of that signal count, too. */
    watch: (signal) => signals.add(signal),
    async now() {
      const locks = await navigator.locks.query();
      return {
        ...Object.fromEntries(Object.entries(held).map(([name, set]) => [name, set.size])),
        timers: timers.size,
        fetches,
        locks: locks.held.length + locks.pending.length,
        listeners: count([...listeners.values()].flatMap((types) => [...types.values()])),
        handlers: handlers(window) + handlers(document),
      };
    },
  };
})();

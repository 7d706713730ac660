// Counts the platform resources that a page holds, by wrapping the functions that acquire and release them. It must be
// loaded before all other scripts.

const resourceCounts = (() => {
  const { addEventListener, removeEventListener } = EventTarget.prototype;
  const listenOnce = (target, type, listener) => addEventListener.call(target, type, listener, { once: true });
  const held = { sockets: new Set(), channels: new Set(), databases: new Set(), opening: new Set(), transactions: new Set() };
  const timers = new Set();
  const signals = new Set();
  let fetches = 0;

  /** Adds each new instance of a class to `set`. `onRelease` arranges its removal. */
  function wrapClass(name, set, onRelease) {
    const Original = globalThis[name];
    globalThis[name] = class extends Original {
      constructor(...args) {
        super(...args);
        set.add(this);
        onRelease(this, () => set.delete(this));
      }
    };
  }
  wrapClass("WebSocket", held.sockets, (socket, release) => listenOnce(socket, "close", release));
  wrapClass("BroadcastChannel", held.channels, (channel, release) => {
    channel.close = () => {
      release();
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
    const finish = () => held.opening.delete(request);
    listenOnce(request, "error", finish);
    listenOnce(request, "success", () => {
      finish();
      const database = request.result;
      held.databases.add(database);
      listenOnce(database, "close", () => held.databases.delete(database));
    });
    return request;
  };
  const { close, transaction } = IDBDatabase.prototype;
  IDBDatabase.prototype.close = function () {
    held.databases.delete(this);
    close.call(this);
  };
  IDBDatabase.prototype.transaction = function (...args) {
    const started = transaction.apply(this, args);
    held.transactions.add(started);
    for (const end of ["complete", "abort"]) listenOnce(started, end, () => held.transactions.delete(started));
    return started;
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

  // Listeners are counted on targets that outlive a client: the window, the document, and the signals of the application.
  const listeners = new Map();
  const outlivesClients = (target) => target === window || target === document || signals.has(target);
  const key = (type, options) => `${type} ${Boolean(typeof options === "object" ? options?.capture : options)}`;
  const forget = (target, type, listener, options) => listeners.get(target)?.get(key(type, options))?.delete(listener);
  EventTarget.prototype.addEventListener = function (type, listener, options) {
    const target = this ?? window;
    if (listener && outlivesClients(target) && !options?.signal?.aborted) {
      if (!listeners.has(target)) listeners.set(target, new Map());
      const types = listeners.get(target);
      if (!types.has(key(type, options))) types.set(key(type, options), new Set());
      types.get(key(type, options)).add(listener);
      const release = () => forget(target, type, listener, options);
      if (options?.once) listenOnce(target, type, release);
      if (options?.signal) listenOnce(options.signal, "abort", release);
    }
    return addEventListener.call(target, type, listener, options);
  };
  EventTarget.prototype.removeEventListener = function (type, listener, options) {
    const target = this ?? window;
    forget(target, type, listener, options);
    return removeEventListener.call(target, type, listener, options);
  };
  /** Counts the event handler properties (`onclick` …) that are set. */
  const countHandlers = (target) => {
    let count = 0;
    for (const name in target) if (name.startsWith("on") && target[name]) count += 1;
    return count;
  };
  const totalSize = (sets) => [...sets].reduce((sum, set) => sum + set.size, 0);

  return {
    /** Counts the listeners of a signal, too. */
    watch: (signal) => signals.add(signal),
    async current() {
      const locks = await navigator.locks.query();
      return {
        ...Object.fromEntries(Object.entries(held).map(([name, set]) => [name, set.size])),
        timers: timers.size,
        fetches,
        locks: locks.held.length + locks.pending.length,
        listeners: totalSize([...listeners.values()].flatMap((types) => [...types.values()])),
        handlers: countHandlers(window) + countHandlers(document),
      };
    },
  };
})();

// The database: a transaction's requests, and lists as they cross.

// The answer to a request of a database.
const answer = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

// What can be done about a fault, by numbers that `error.rs` knows, too. A fault is one of them and words.
const [GONE, FULL, DAMAGED, NEWER, REFUSED, CLOSED, OTHER] = [0, 1, 2, 3, 4, 5, 6];

// A database's errors, by their names: what can be done.
const MEANINGS = {
  QuotaExceededError: FULL,
  // A connection that is closing, closed or lost; work that the browser ended.
  InvalidStateError: GONE,
  AbortError: GONE,
  UnknownError: GONE,
  TransactionInactiveError: GONE,
  TimeoutError: GONE,
  // A table is missing.
  NotFoundError: DAMAGED,
};
const MEANINGS_WHEN_OPENED = {
  VersionError: NEWER,
  UnknownError: DAMAGED,
  DataError: DAMAGED,
  ConstraintError: DAMAGED,
  NotFoundError: DAMAGED,
};

const ADVICE = {
  [GONE]: "the call changed nothing here and may be repeated; if it goes on failing, open the client anew",
  [FULL]: "the browser's storage is full: free some, or log out of another copy with { wipe: true }",
  [DAMAGED]: "the local copy is damaged: log out with { wipe: true }",
  [OTHER]: "the call changed nothing here",
};

// An error's name and words. Nothing that this code did: the browser ended it.
function said(error) {
  if (error === null) return ["AbortError", "it was ended"];
  return error instanceof DOMException ? [error.name, error.message] : ["", "it gave an answer that makes no sense"];
}

// The fault behind an error of what was to be done; one that says itself what it is stays that.
function fault(verb, error) {
  if (Array.isArray(error)) return error;
  const [name, words] = said(error);
  const kind = MEANINGS[name] ?? OTHER;
  return [kind, `could not ${verb} the local copy (${words}); ${ADVICE[kind]}`];
}

function couldNotOpen(kind, words) {
  const advice =
    kind === NEWER
      ? "a newer version of this page made it: load the page again"
      : "IndexedDB must be allowed for this site; some private modes refuse it";
  return [kind, `could not open the local copy (${words}); ${advice}`];
}

// How long opening or deleting may take, ms. An upgrade waits for ever for a tab that does not let go.
const PATIENCE_MS = 3_000;

// Where there are databases; some browsers throw where they are not allowed.
function databases() {
  try {
    return globalThis.indexedDB;
  } catch {}
}

// A connection to a database.
class Database {
  gone = false;
  #db;
  #running = new Set();

  constructor(db) {
    this.#db = db;
    // Another tab wants to delete or upgrade it, or the browser took it away.
    db.onversionchange = db.onclose = () => this.close();
  }

  // `tables` has the names of those that are new with each version, the versions parted by a slash. Of the records of
  // `first`, a table of the first version, `renew` makes those of the second, each with its key. All of it happens, or
  // nothing. A connection that comes about later is closed again.
  static open(name, tables, first, renew) {
    const versions = tables.split("/");
    return new Promise((resolve, reject) => {
      const refuse = (kind, words) => reject(couldNotOpen(kind, words));
      const failed = (error) => {
        const [name, words] = said(error);
        refuse(MEANINGS_WHEN_OPENED[name] ?? REFUSED, words);
      };
      const factory = databases();
      if (!factory) return refuse(REFUSED, "there is no indexedDB here, or none for this page");
      let request;
      try {
        request = factory.open(name, versions.length);
      } catch (error) {
        return failed(error);
      }
      let late = false;
      const timer = setTimeout(() => {
        late = true;
        const words = "the local copy could not be opened in time: perhaps another tab with an older version of this page";
        reject([REFUSED, `${words} holds it; close that one`]);
      }, PATIENCE_MS);
      request.onupgradeneeded = async ({ oldVersion }) => {
        const { result, transaction } = request;
        try {
          for (const names of versions.slice(oldVersion)) {
            for (const table of names.split(" ")) result.createObjectStore(table);
          }
          if (oldVersion !== 1) return;
          const table = transaction.objectStore(first);
          const renewed = renew(await answer(table.getAll()));
          table.clear();
          for (const [key, record] of renewed) table.put(record, key);
        } catch {
          // Nothing else would undo what was done so far.
          abort(transaction);
        }
      };
      const opened = (db) => {
        const database = new Database(db);
        if (late) database.close();
        resolve(database);
      };
      answer(request)
        .then(opened, failed)
        .finally(() => clearTimeout(timer));
    });
  }

  // A transaction on these tables. One that finds the connection gone has another opened for the next.
  begin(tables, writes) {
    const refuse = (error) => {
      const found = fault(writes ? "write" : "read", error);
      if (found[0] === GONE) this.close();
      throw found;
    };
    try {
      const transaction = this.#db.transaction(tables.split(" "), writes ? "readwrite" : "readonly");
      this.#running.add(transaction);
      const over = () => this.#running.delete(transaction);
      transaction.addEventListener("complete", over);
      transaction.addEventListener("abort", over);
      // One that reads ends by itself.
      let open = writes;
      return new Transaction(
        (asks) => readAll(transaction, asks).catch(refuse),
        (list) => writeAll(transaction, list).then(() => void (open = false), refuse),
        () => open && abort(transaction),
      );
    } catch (error) {
      refuse(error);
    }
  }

  close() {
    this.gone = true;
    this.#db.onversionchange = this.#db.onclose = null;
    this.#db.close();
  }

  // Rolls back whatever runs on it, and ends the connection. Who waits for something hears of it.
  letGo() {
    this.close();
    this.#running.forEach(abort);
  }
}

// A copy's database: opened in the background, so that nothing waits for it that need not; opened again when it is gone.
export class Copy {
  // What was given to open it.
  #how;
  #tell;
  // It, once it is open; and until then who waits for it.
  #database;
  #opening;

  constructor(...how) {
    this.#tell = how.pop();
    this.#how = how;
    this.#wait(this.#first()).catch(() => {});
  }

  // For the first time: what cannot be used is made anew; if there is none to be had, the copy is in memory. Not later: memory
  // would acknowledge what the disk never gets to know.
  async #first() {
    const how = this.#how;
    const open = () => Database.open(...how);
    try {
      try {
        return await open();
      } catch (damaged) {
        if (damaged[0] !== DAMAGED) throw damaged;
        await deleteDatabase(how[0]);
        const database = await open();
        this.#tell([DAMAGED, `${damaged[1]}; an empty one took its place`]);
        return database;
      }
    } catch ([, words]) {
      this.#tell([REFUSED, `${words}; until the page is loaded again the copy is kept in memory`]);
      return new Memory();
    }
  }

  // Who comes later than one that could not be opened tries again.
  #wait(opening) {
    const opened = async () => {
      try {
        const database = await opening;
        // Nobody is there any more to use it.
        if (!this.#how) database.close();
        return this.#how ? (this.#database = database) : this.#opened();
      } finally {
        this.#opening = undefined;
      }
    };
    return (this.#opening = opened());
  }

  async #opened() {
    if (!this.#how) throw [CLOSED, "the local copy is closed; open the client anew"];
    if (this.#database && !this.#database.gone) return this.#database;
    this.#database = undefined;
    return this.#opening ?? this.#wait(Database.open(...this.#how));
  }

  // A promise, where it is to be opened first.
  begin(...how) {
    if (this.isOpen && !this.#database.gone) return this.#database.begin(...how);
    return this.#opened().then((database) => database.begin(...how));
  }

  get isOpen() {
    return !!this.#database;
  }

  async isInMemory() {
    return (await this.#opened()) instanceof Memory;
  }

  letGo() {
    this.#database?.letGo();
  }

  close() {
    this.#database?.close();
    this.#database = this.#how = undefined;
    this.#tell = () => {};
  }
}

// What stands in a database's place where there is none: its records last as long as the page. Everything is done at once, so
// that no two transactions overlap.
class Memory {
  gone = false;
  #records = new Map();

  begin() {
    return new Transaction(
      (asks) => asks.map((ask) => this.#read(...ask)),
      (writes) => writes.forEach((write) => this.#write(...write)),
      () => {},
    );
  }

  #read(table, method, key) {
    if (method === "get") return this.#records.get(place(table, key))?.record;
    const all = [...this.#records.values()].filter((own) => own.table === table);
    all.sort((one, other) => (one.key < other.key ? -1 : 1));
    return all.map(({ key, record }) => (method === "getAll" ? record : key));
  }

  #write(table, key, record, to) {
    if (record !== undefined) this.#records.set(place(table, key), { table, key, record });
    else if (key !== undefined && !to) this.#records.delete(place(table, key));
    else {
      // Keys of a range begin alike, and have two parts more.
      const reaches = ([own, one, other]) => own === to[0] && (one < to[1] || (one === to[1] && other <= to[2]));
      for (const [place, { table: own, key }] of this.#records) {
        if (own === table && (!to || reaches(key))) this.#records.delete(place);
      }
    }
  }

  close() {}

  letGo() {}
}

// Leaves everything as it was. A transaction that is over, or about to be, cannot be ended any more.
function abort(transaction) {
  try {
    transaction.abort();
  } catch {}
}

// Tells what is read from what else is.
const place = (...parts) => JSON.stringify(parts);

// A transaction: what was read, what is to be read, and what to write. A request at a time would cross between WebAssembly and
// JS several times for each record.
export class Transaction {
  #read = new Map();
  #unread = new Map();
  #writes = [];
  #ways;

  constructor(...ways) {
    this.#ways = ways;
  }

  // What a table's method gave that reads; null where that is still to be read.
  answer(...ask) {
    const at = place(...ask);
    if (this.#read.has(at)) return this.#read.get(at);
    this.#unread.set(at, ask);
    return null;
  }

  // A record, or in place of one the end of the range of keys to be deleted, a key to be deleted, or a table.
  write(...write) {
    this.#writes.push(write);
  }

  // Reads what was missing, all of it at once. What was to be written is forgotten.
  fetch() {
    const [places, asks] = [[...this.#unread.keys()], [...this.#unread.values()]];
    this.#unread.clear();
    this.#writes = [];
    const keep = (answers) => places.forEach((at, which) => this.#read.set(at, answers[which]));
    const answers = this.#ways[0](asks);
    return answers.then?.(keep) ?? keep(answers);
  }

  commit() {
    return this.#ways[1](this.#writes);
  }

  abort() {
    this.#ways[2]();
  }
}

async function readAll(transaction, asks) {
  return Promise.all(asks.map(([table, method, key]) => answer(transaction.objectStore(table)[method](key))));
}

// Settles when the transaction is over.
async function writeAll(transaction, writes) {
  // Who waits for what was read goes first: a transaction lives as long as there are microtasks.
  for (let turn = 0; turn < 8; turn += 1) await undefined;
  return new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error);
    for (const [table, key, record, to] of writes) {
      const store = transaction.objectStore(table);
      if (record !== undefined) store.put(record, key);
      else if (to !== undefined) store.delete(IDBKeyRange.bound(key, to));
      else if (key !== undefined) store.delete(key);
      else store.clear();
    }
    transaction.commit?.();
  });
}

// Other tabs let go of a database when they hear that it is to be deleted; while one does not, it waits. Where there are none,
// there is none to be deleted.
export function deleteDatabase(name) {
  return new Promise((resolve, reject) => {
    const refuse = (error) => reject(fault("delete", error));
    try {
      const request = globalThis.indexedDB?.deleteDatabase(name);
      if (!request) return resolve();
      const words = "the local copy could not be deleted yet, because another tab holds it; it goes when that one is closed";
      const timer = setTimeout(() => reject([OTHER, words]), PATIENCE_MS);
      answer(request).then(() => resolve(clearTimeout(timer)), refuse);
    } catch (error) {
      refuse(error);
    }
  });
}

// Which device this is: what is known of it under that key, or, from now on, what was made. Looked up and written in one
// transaction: of two tabs that open at once, one makes it and both have it.
export async function deviceId(key, made) {
  const table = "devices";
  const database = await Database.open("roamkit", table);
  try {
    const transaction = database.begin(table, true);
    const known = () => transaction.answer(table, "get", key);
    known();
    await transaction.fetch();
    if (typeof known() === "string") return known();
    transaction.write(table, key, made);
    await transaction.commit();
    return made;
  } finally {
    database.close();
  }
}

// Lists, as they cross one way and the other.
export const listOf = (values) => values;
export const bytesOf = (array) => (array instanceof Uint8Array ? array : undefined);
export const numbersOf = (array) => (array instanceof BigUint64Array ? array : undefined);
export const partsOf = (list) => (Array.isArray(list) ? list : []);

// A record's fields, in the order of their names; of a typed array its bytes, if it is of the kind that stands behind the slash,
// as wide as that is: eight at a time are copied eight times as fast.
export function takeApart(record, names) {
  if (typeof record !== "object" || !record) return [];
  return names.split(" ").map((name) => {
    const [field, kind] = name.split("/");
    const value = record[field];
    if (!kind) return value;
    const { constructor, buffer, byteOffset, byteLength, BYTES_PER_ELEMENT: width } = value ?? {};
    if (constructor?.name !== `${kind}Array`) return undefined;
    return width === 8 ? new BigUint64Array(buffer, byteOffset, byteLength / 8) : new Uint8Array(buffer, byteOffset, byteLength);
  });
}

// The same the other way.
export function putTogether(names, fields) {
  const named = fields.map((value, at) => {
    const [field, kind] = names.split(" ")[at].split("/");
    return [field, kind ? new globalThis[`${kind}Array`](value.buffer) : value];
  });
  return Object.fromEntries(named);
}

// Counts the IndexedDB requests and transactions of some work.

const READS = ["get", "getKey", "getAll", "getAllKeys", "getAllRecords", "count", "openCursor", "openKeyCursor"];
const WATCHED = [
  [IDBObjectStore, [...READS, "put", "add", "delete", "clear"], (store) => store.transaction],
  [IDBIndex, READS, (index) => index.objectStore.transaction],
  [IDBCursor, ["continue", "continuePrimaryKey", "advance", "update", "delete"], ({ source }) => (source.objectStore ?? source).transaction],
];

/** @returns {Promise<{ transactions: number, requests: number }>} */
export async function countRequests(work) {
  const transactions = new Set();
  let requests = 0;
  const originals = [];
  for (const [{ prototype }, names, transactionOf] of WATCHED) {
    for (const name of names) {
      const original = prototype[name];
      if (!original) continue;
      originals.push([prototype, name, original]);
      prototype[name] = function (...args) {
        requests += 1;
        transactions.add(transactionOf(this));
        return original.apply(this, args);
      };
    }
  }
  try {
    await work();
  } finally {
    for (const [prototype, name, original] of originals) prototype[name] = original;
  }
  return { transactions: transactions.size, requests };
}

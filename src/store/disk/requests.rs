//! The database, as `platform.js` has it: a transaction keeps there what was read and is to be written.

use js_sys::Promise;
use std::result::Result;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::IdbFactory;

#[wasm_bindgen(module = "/src/js/platform.js")]
extern "C" {
    /// A connection.
    pub(super) type Database;

    #[wasm_bindgen(static_method_of = Database)]
    fn open(
        databases: &IdbFactory,
        name: &str,
        tables: &str,
        first: &str,
        renew: &JsValue,
        ms: u32,
    ) -> Promise;

    /// One that lasts as long as the page.
    #[wasm_bindgen(static_method_of = Database, js_name = inMemory)]
    pub(super) fn in_memory() -> Database;

    /// Begins a transaction on these tables.
    #[wasm_bindgen(method, catch)]
    pub(super) fn begin(this: &Database, tables: &str, writes: bool) -> Result<Transaction, JsValue>;

    /// Whether it was closed, by whomever.
    #[wasm_bindgen(method, getter)]
    pub(super) fn gone(this: &Database) -> bool;

    #[wasm_bindgen(method)]
    pub(super) fn close(this: &Database);

    /// Ends whatever runs on it, and the connection.
    #[wasm_bindgen(method, js_name = letGo)]
    pub(super) fn let_go(this: &Database);

    /// A transaction.
    pub(super) type Transaction;

    /// What one of a table's methods that read gave; null where that is still to be read.
    #[wasm_bindgen(method)]
    pub(super) fn answer(this: &Transaction, table: &str, method: &str, key: &JsValue) -> JsValue;

    /// Notes what to write: a record; or, where that is undefined, what to delete.
    #[wasm_bindgen(method)]
    pub(super) fn write(this: &Transaction, table: &str, key: &JsValue, record: &JsValue, to: &JsValue);

    /// Reads what was missing, and forgets what was to be written.
    #[wasm_bindgen(method)]
    pub(super) fn fetch(this: &Transaction) -> JsValue;

    /// Writes everything.
    #[wasm_bindgen(method)]
    pub(super) fn commit(this: &Transaction) -> JsValue;

    /// Leaves everything as it was.
    #[wasm_bindgen(method)]
    pub(super) fn abort(this: &Transaction);

    #[wasm_bindgen(js_name = deleteDatabase)]
    fn delete(name: &str, ms: u32) -> Promise;
}

/// What a database consists of, and how it came to that.
pub(super) struct Schema {
    /// The names of the tables that are new with each version; the versions parted by a slash.
    pub(super) tables: &'static str,
    /// A table of the first version,
    pub(super) first: &'static str,
    /// and a function that makes the second's records of the first's, each with its key. It is JS's own: a database may be
    /// raised long after nobody waits for it any more.
    pub(super) renew: JsValue,
}

/// The database that was to be opened; none where that took too long.
pub(super) async fn opened(
    databases: &IdbFactory,
    name: &str,
    Schema { tables, first, renew }: Schema,
    ms: u32,
) -> Result<Option<Database>, JsValue> {
    let opened = Database::open(databases, name, tables, first, &renew, ms);
    let opened = JsFuture::from(opened).await?;
    Ok(opened.is_object().then(|| opened.unchecked_into()))
}

/// Waits for what comes later. What is in memory comes at once: whoever waited there could be overtaken.
pub(super) async fn over(done: JsValue) -> Result<(), JsValue> {
    if done.is_undefined() {
        return Ok(());
    }
    JsFuture::from(done.unchecked_into::<Promise>()).await.map(drop)
}

/// Deletes a database, once nobody holds it any more; tells whether that was in time.
pub(super) async fn delete_database(name: &str, ms: u32) -> Result<bool, JsValue> {
    Ok(JsFuture::from(delete(name, ms)).await?.is_truthy())
}

//! The database, as `platform.js` has it: a transaction is asked for everything at once.

use crate::list::List as _;
use js_sys::{Array, Promise};
use std::result::Result;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{IdbFactory, IdbTransaction, IdbTransactionMode};

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

    /// Begins a transaction on these tables.
    #[wasm_bindgen(method, catch)]
    pub(super) fn begin(
        this: &Database,
        tables: &str,
        mode: IdbTransactionMode,
    ) -> Result<IdbTransaction, JsValue>;

    /// Whether it was closed, by whomever.
    #[wasm_bindgen(method, getter)]
    pub(super) fn gone(this: &Database) -> bool;

    #[wasm_bindgen(method)]
    pub(super) fn close(this: &Database);

    /// Ends whatever runs on it, and the connection.
    #[wasm_bindgen(method, js_name = letGo)]
    pub(super) fn let_go(this: &Database);

    /// Leaves everything as it was.
    pub(super) fn abort(transaction: &IdbTransaction);

    #[wasm_bindgen(js_name = readAll)]
    fn read_all(transaction: &IdbTransaction, asks: Vec<JsValue>) -> Promise;

    #[wasm_bindgen(js_name = writeAll)]
    fn write_all(transaction: &IdbTransaction, writes: Vec<JsValue>) -> Promise;

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

/// What to read: the table, the method that reads, and a key where it takes one.
pub(super) fn ask(table: &str, method: &str, key: &JsValue) -> JsValue {
    Array::of3(&table.into(), &method.into(), key).into()
}

/// The answers, in the order of what was asked.
pub(super) async fn read(transaction: &IdbTransaction, asks: Vec<JsValue>) -> Result<Vec<JsValue>, JsValue> {
    let answers = JsFuture::from(read_all(transaction, asks)).await?;
    Ok(answers.unchecked_into::<Array>().iter().list())
}

/// What to write: the table, a key, a record, and the end of a range; `writeAll` says what it means that one of them is
/// undefined.
pub(super) fn write(table: &str, key: &JsValue, record: &JsValue, to: &JsValue) -> JsValue {
    Array::of4(&table.into(), key, record, to).into()
}

/// Makes it all true at once.
pub(super) async fn commit(transaction: &IdbTransaction, writes: Vec<JsValue>) -> Result<(), JsValue> {
    JsFuture::from(write_all(transaction, writes)).await.map(drop)
}

/// Deletes a database, once nobody holds it any more; tells whether that was in time.
pub(super) async fn delete_database(name: &str, ms: u32) -> Result<bool, JsValue> {
    Ok(JsFuture::from(delete(name, ms)).await?.is_truthy())
}

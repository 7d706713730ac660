//! What the database is asked for: by a transaction all at once.

use crate::list::List as _;
use js_sys::{Array, Promise};
use std::result::Result;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{IdbDatabase, IdbRequest, IdbTransaction, IdbTransactionMode};

#[wasm_bindgen(module = "/src/js/platform.js")]
extern "C" {
    fn answer(request: &IdbRequest) -> Promise;

    #[wasm_bindgen(js_name = readAll)]
    fn read_all(transaction: &IdbTransaction, asks: Vec<JsValue>) -> Promise;

    #[wasm_bindgen(js_name = writeAll)]
    fn write_all(transaction: &IdbTransaction, writes: Vec<JsValue>) -> Promise;

    #[wasm_bindgen(js_name = deleteDatabase)]
    fn delete(name: &str) -> Promise;
}

/// The database that was to be opened.
pub(super) async fn opened(request: &IdbRequest) -> Result<IdbDatabase, JsValue> {
    JsFuture::from(answer(request)).await.map(JsCast::unchecked_into)
}

/// Begins a transaction on these tables.
pub(super) fn begin(
    db: &IdbDatabase,
    tables: &[&str],
    mode: IdbTransactionMode,
) -> Result<IdbTransaction, JsValue> {
    let tables = tables.iter().copied().map(JsValue::from).collect::<Array>();
    db.transaction_with_str_sequence_and_mode(&tables, mode)
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

/// Deletes a database, once nobody holds it any more.
pub(super) async fn delete_database(name: &str) -> Result<(), JsValue> {
    JsFuture::from(delete(name)).await.map(drop)
}

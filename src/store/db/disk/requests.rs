//! The database, as `platform.js` has it: opened when it is needed, and anew when it went; a transaction keeps there what was
//! read and is to be written.

use crate::platform::parts;
use crate::store::db::error::{DbError, ErrorKind, Result};
use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen(module = "/src/js/platform.js")]
extern "C" {
    /// A copy's database.
    #[wasm_bindgen(extends = crate::platform::Held)]
    pub type Copy;

    /// Has it opened in the background. The tables have the names of those that are new with each version, the versions
    /// parted by a slash; `renew` makes the records of `first`, a table of the first version, to those of the second, each
    /// with its key. It is JS's own: a database may be raised long after nobody waits for it any more.
    #[wasm_bindgen(constructor)]
    pub fn new(name: &str, tables: &str, first: &str, renew: &JsValue, tell: &JsValue) -> Copy;

    /// Begins a transaction on these tables; a promise of it, where the database is to be opened first.
    #[wasm_bindgen(method, catch)]
    pub fn begin(this: &Copy, tables: &str, writes: bool) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, js_name = isOpen)]
    pub fn is_open(this: &Copy) -> bool;

    #[wasm_bindgen(method, js_name = isInMemory)]
    pub fn is_in_memory(this: &Copy) -> Promise;

    /// Ends whatever runs on it, and the connection.
    #[wasm_bindgen(method, js_name = letGo)]
    pub fn let_go(this: &Copy);

    /// A transaction.
    pub type Transaction;

    /// What one of a table's methods that read gave; null where that is still to be read.
    #[wasm_bindgen(method)]
    pub fn answer(this: &Transaction, table: &str, method: &str, key: &JsValue) -> JsValue;

    /// Notes what to write: a record; or, where that is undefined, what to delete.
    #[wasm_bindgen(method)]
    pub fn write(this: &Transaction, table: &str, key: &JsValue, record: &JsValue, to: &JsValue);

    /// Reads what was missing, and forgets what was to be written.
    #[wasm_bindgen(method)]
    pub fn fetch(this: &Transaction) -> JsValue;

    /// Writes everything.
    #[wasm_bindgen(method)]
    pub fn commit(this: &Transaction) -> JsValue;

    /// Leaves everything as it was.
    #[wasm_bindgen(method)]
    pub fn abort(this: &Transaction);

    /// Deletes a database, once nobody holds it any more.
    #[wasm_bindgen(js_name = deleteDatabase)]
    pub fn delete(name: &str) -> JsValue;

    /// Which device this is to that key: what is known of it, or this.
    #[wasm_bindgen(js_name = deviceId)]
    pub fn device_id(key: &JsValue, made: &str) -> JsValue;
}

/// Waits for what comes later. What is in memory comes at once: whoever waited there could be overtaken.
pub async fn over(done: JsValue) -> Result<JsValue> {
    match done.dyn_into::<Promise>() {
        Ok(promise) => JsFuture::from(promise).await.map_err(|error| fault(&error)),
        Err(done) => Ok(done),
    }
}

/// What `platform.js` says that went wrong: its kind and words.
pub fn fault(said: &JsValue) -> DbError {
    let mut said = parts(said).into_iter();
    let mut next = || said.next().unwrap_or_default();
    let kind = next().as_f64().and_then(|kind| ErrorKind::ALL.get(kind as usize).copied());
    DbError::new(kind.unwrap_or(ErrorKind::Other), next().as_string().unwrap_or_default())
}

//! The database: its name, its object stores, and transactions that speak of keys and plain values.

use crate::error::{Code, Error, Result};
use indexed_db_futures::KeyRange;
use indexed_db_futures::database::Database;
use indexed_db_futures::object_store::ObjectStore;
use indexed_db_futures::prelude::*;
use indexed_db_futures::transaction::{Transaction, TransactionMode};
use std::fmt::Display;
use wasm_bindgen::JsValue;

/// Raised with every change of what is stored where; the upgrade then goes through every version in between.
const VERSION: u8 = 1;

/// The conversation list: see `conversations.rs`.
pub(super) const CONVERSATIONS: &str = "conversations";
/// What each conversation's blocks hold: see `history.rs`.
pub(super) const DIRECTORIES: &str = "directories";
/// The blocks: see `history.rs`.
pub(super) const BLOCKS: &str = "blocks";
/// What was removed: see `removals.rs`.
pub(super) const REMOVALS: &str = "removals";
/// How far each queue is acknowledged: see `positions.rs`.
pub(super) const QUEUES: &str = "queues";

/// All of them.
pub(super) const ALL: [&str; 5] = [CONVERSATIONS, DIRECTORIES, BLOCKS, REMOVALS, QUEUES];

/// One database for each app, user and device. What parts the name from its neighbour cannot stand in a part.
pub(super) fn name(app_key: &str, user: &str, device: &str) -> String {
    let part = |text: &str| text.replace('%', "%25").replace('/', "%2F");
    format!("roamkit/{}/{}/{}", part(app_key), part(&user.to_ascii_lowercase()), part(device))
}

/// Opens a copy's database, or makes it.
pub(super) async fn open(name: &str) -> Result<Database> {
    open_with(name, &ALL).await
}

/// Opens a database with these object stores.
pub(super) async fn open_with(name: &str, stores: &'static [&'static str]) -> Result<Database> {
    Database::open(name)
        .with_version(VERSION)
        .with_on_upgrade_needed(move |event, db| {
            if event.old_version() < 1.0 {
                for store in stores {
                    db.create_object_store(store).build()?;
                }
            }
            Ok(())
        })
        .build()
        .map_err(failed("open"))?
        .await
        .map_err(failed("open"))
}

/// Deletes a database. Other tabs let go of it when they hear of it.
pub(super) async fn delete(name: &str) -> Result<()> {
    Database::delete_by_name(name).map_err(failed("delete"))?.await.map_err(failed("delete"))
}

/// What went wrong with the database, and what may help.
pub(super) fn failed<E: Display>(verb: &'static str) -> impl Fn(E) -> Error {
    move |error| {
        let error = error.to_string();
        let advice = if error.contains("Quota") || error.contains("quota") {
            "the browser's storage is full: free some, or log out of another copy with { wipe: true }"
        } else if verb == "open" {
            "IndexedDB must be allowed for this site; some private modes refuse it"
        } else {
            "the call changed nothing here and may be repeated; if it goes on failing, open the client anew"
        };
        Error::new(Code::Database, format!("could not {verb} the local copy ({error}); {advice}"))
    }
}

/// A transaction. Dropped without [`Tx::commit`] it leaves everything as it was.
pub(super) struct Tx<'a>(Transaction<'a>);

impl<'a> Tx<'a> {
    /// One that reads.
    pub(super) fn read(db: &'a Database, stores: &[&str]) -> Result<Self> {
        db.transaction(stores).build().map(Self).map_err(failed("read"))
    }

    /// One that writes; others that want the same stores wait for it.
    pub(super) fn write(db: &'a Database, stores: &[&str]) -> Result<Self> {
        let transaction = db.transaction(stores).with_mode(TransactionMode::Readwrite);
        transaction.build().map(Self).map_err(failed("write"))
    }

    fn store(&self, name: &str) -> Result<ObjectStore<'_>> {
        self.0.object_store(name).map_err(failed("use"))
    }

    /// A record.
    pub(super) async fn get(&self, store: &str, key: &JsValue) -> Result<Option<JsValue>> {
        let store = self.store(store)?;
        let get = store.get::<JsValue, JsValue, _>(key.clone());
        get.primitive().map_err(failed("read"))?.await.map_err(failed("read"))
    }

    /// Several records: all are asked for before the first is waited for.
    pub(super) async fn get_each(&self, store: &str, keys: &[JsValue]) -> Result<Vec<Option<JsValue>>> {
        let store = self.store(store)?;
        let requests: Vec<_> = keys
            .iter()
            .map(|key| store.get::<JsValue, JsValue, _>(key.clone()).primitive().map_err(failed("read")))
            .collect::<Result<_>>()?;
        let mut found = Vec::with_capacity(requests.len());
        for request in requests {
            found.push(request.await.map_err(failed("read"))?);
        }
        Ok(found)
    }

    /// Every record.
    pub(super) async fn all(&self, store: &str) -> Result<Vec<JsValue>> {
        let all = self.store(store)?.get_all::<JsValue>().primitive().map_err(failed("read"))?;
        let all = all.await.map_err(failed("read"))?;
        all.collect::<std::result::Result<_, _>>().map_err(failed("read"))
    }

    /// Every key; only for stores whose keys are strings.
    pub(super) async fn keys(&self, store: &str) -> Result<Vec<String>> {
        let all = self.store(store)?.get_all_keys::<JsValue>().primitive().map_err(failed("read"))?;
        let all = all.await.map_err(failed("read"))?;
        let keys: Vec<JsValue> = all.collect::<std::result::Result<_, _>>().map_err(failed("read"))?;
        Ok(keys.iter().filter_map(JsValue::as_string).collect())
    }

    /// Writes a record. Not waited for: should it fail, so does the commit.
    pub(super) fn put(&self, store: &str, key: &JsValue, value: &JsValue) -> Result<()> {
        let store = self.store(store)?;
        let put = store.put(value.clone()).with_key(key.clone()).without_key_type();
        put.primitive().map(drop).map_err(failed("write"))
    }

    /// Deletes a record or a range of them. Not waited for either.
    pub(super) fn delete(&self, store: &str, keys: impl Into<KeyRange<JsValue>>) -> Result<()> {
        self.store(store)?.delete(keys).primitive().map(drop).map_err(failed("write"))
    }

    /// Makes it all true at once.
    pub(super) async fn commit(self) -> Result<()> {
        self.0.commit().await.map_err(failed("write"))
    }
}

/// A field of a record; undefined where there is none.
pub(super) fn field(record: &JsValue, name: &str) -> JsValue {
    js_sys::Reflect::get(record, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

/// A record of these fields.
pub(super) fn record<const N: usize>(fields: [(&str, JsValue); N]) -> Result<JsValue> {
    let object = js_sys::Object::new();
    for (name, value) in fields {
        js_sys::Reflect::set(&object, &JsValue::from_str(name), &value)
            .map_err(|_| Error::new(Code::Database, "could not write a record of the local copy"))?;
    }
    Ok(object.into())
}

/// Ids in an order that is also that of the numbers.
pub(super) fn padded(id: u64) -> String {
    format!("{id:020}")
}

//! The two databases behind a [`Transaction`](super::Transaction): IndexedDB and memory.

use super::error::Result;
#[cfg(target_arch = "wasm32")]
use super::indexed_db::{self, IndexedDb};
use super::memory::Memory;
use super::{Key, Mode, Query, Record, Table};
use std::any::Any;
use std::fmt;
use std::ops::RangeInclusive;
use std::rc::Rc;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen::JsValue;

/// The value of a record, of whatever type it is.
pub trait Value: Any {
    /// The value as IndexedDB keeps it.
    #[cfg(target_arch = "wasm32")]
    fn to_js(&self) -> std::result::Result<JsValue, serde_wasm_bindgen::Error>;
}

impl<T: Record> Value for T {
    #[cfg(target_arch = "wasm32")]
    fn to_js(&self) -> std::result::Result<JsValue, serde_wasm_bindgen::Error> {
        serde_wasm_bindgen::to_value(self)
    }
}

/// A record before it is read, or after it was written.
#[derive(Clone)]
pub enum RawRecord {
    /// A record that memory keeps, or that is to be written.
    Value(Rc<dyn Value>),
    /// A record out of IndexedDB.
    #[cfg(target_arch = "wasm32")]
    Js(JsValue),
}

impl RawRecord {
    /// The record for a value.
    pub fn new<T: Record>(value: &T) -> Self {
        Self::Value(Rc::new(value.clone()))
    }

    /// The value; none where the record is of another type, or damaged.
    pub fn read<T: Record>(&self) -> Option<T> {
        match self {
            Self::Value(value) => {
                let value: &dyn Any = &**value;
                value.downcast_ref().cloned()
            }
            #[cfg(target_arch = "wasm32")]
            Self::Js(record) => serde_wasm_bindgen::from_value(record.clone()).ok(),
        }
    }
}

impl fmt::Debug for RawRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawRecord").finish_non_exhaustive()
    }
}

/// The answer to a [`Query`].
#[derive(Clone, Debug)]
pub enum Answer {
    /// One record, if it is there.
    Record(Option<RawRecord>),
    /// Keys; `None` stands for one that no version of this code wrote.
    Keys(Vec<Option<Key>>),
    /// Records.
    Values(Vec<RawRecord>),
}

/// A change of the database.
#[derive(Debug)]
pub enum Write {
    /// Puts a record in its place.
    Put(Table, Key, RawRecord),
    /// Deletes a record.
    Delete(Table, Key),
    /// Deletes the records of a range of keys.
    DeleteRange(Table, RangeInclusive<Key>),
    /// Deletes every record of a table.
    Clear(Table),
}

/// A database that is open.
#[derive(Clone, Debug)]
pub enum Backend {
    /// IndexedDB.
    #[cfg(target_arch = "wasm32")]
    IndexedDb(Rc<IndexedDb>),
    /// Memory, which lasts as long as the page.
    Memory(Rc<Memory>),
}

impl Backend {
    /// Begins a transaction on these tables.
    #[cfg_attr(
        not(target_arch = "wasm32"),
        allow(clippy::unnecessary_wraps, reason = "IndexedDB may refuse")
    )]
    pub fn begin(&self, mode: Mode, tables: &[Table]) -> Result<BackendTransaction<'_>> {
        match self {
            #[cfg(target_arch = "wasm32")]
            Self::IndexedDb(database) => Ok(BackendTransaction::IndexedDb(database.begin(mode, tables)?)),
            Self::Memory(memory) => {
                let _ = (mode, tables);
                Ok(BackendTransaction::Memory(memory))
            }
        }
    }
}

/// A transaction of a database. Dropped without [`BackendTransaction::commit`] it leaves everything as it was.
pub enum BackendTransaction<'a> {
    /// IndexedDB's.
    #[cfg(target_arch = "wasm32")]
    IndexedDb(indexed_db::Transaction<'a>),
    /// Memory's. Nothing in it waits, so that no two overlap.
    Memory(&'a Memory),
}

impl BackendTransaction<'_> {
    /// Asks everything at once; the answers are in the order of the queries.
    #[cfg_attr(not(target_arch = "wasm32"), allow(clippy::unused_async, reason = "IndexedDB answers later"))]
    pub async fn read(&self, queries: &[Query]) -> Result<Vec<Answer>> {
        match self {
            #[cfg(target_arch = "wasm32")]
            Self::IndexedDb(transaction) => transaction.read(queries).await,
            Self::Memory(memory) => Ok(queries.iter().map(|query| memory.read(query)).collect()),
        }
    }

    /// Writes everything, and makes it hold at once. A transaction that `repeats` one that was aborted finds out why,
    /// should that happen again.
    #[cfg_attr(not(target_arch = "wasm32"), allow(clippy::unused_async, reason = "IndexedDB answers later"))]
    pub async fn commit(self, writes: Vec<Write>, repeats: bool) -> Result<()> {
        match self {
            #[cfg(target_arch = "wasm32")]
            Self::IndexedDb(transaction) => transaction.commit(writes, repeats).await,
            Self::Memory(memory) => {
                let _ = repeats;
                memory.write(writes);
                Ok(())
            }
        }
    }
}

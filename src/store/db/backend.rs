//! The two databases behind a [`Transaction`](super::Transaction): IndexedDB and memory.

use super::error::Result;
#[cfg(target_arch = "wasm32")]
use super::indexed_db::{self, IndexedDb};
use super::memory::Memory;
use super::operations::{Answer, Write};
use super::{Mode, Query, Table};
use std::rc::Rc;

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

/// A transaction of a database. If it is dropped without [`BackendTransaction::commit`], it changes nothing.
pub enum BackendTransaction<'a> {
    /// A transaction of IndexedDB.
    #[cfg(target_arch = "wasm32")]
    IndexedDb(indexed_db::Transaction<'a>),
    /// Memory needs no transactions: its reads and writes never wait, so no two overlap.
    Memory(&'a Memory),
}

impl BackendTransaction<'_> {
    /// Issues all queries at once. The answers are in the order of the queries.
    #[cfg_attr(not(target_arch = "wasm32"), allow(clippy::unused_async, reason = "IndexedDB answers later"))]
    pub async fn read(&self, queries: &[Query]) -> Result<Vec<Answer>> {
        match self {
            #[cfg(target_arch = "wasm32")]
            Self::IndexedDb(transaction) => transaction.read(queries).await,
            Self::Memory(memory) => Ok(queries.iter().map(|query| memory.read(query)).collect()),
        }
    }

    /// Applies all writes and commits. `repeats`: the transaction repeats one that was aborted, so its error says why it is
    /// aborted again.
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

/// The methods of a connection. This database is always open.
#[cfg(not(target_arch = "wasm32"))]
#[allow(
    clippy::unused_self,
    clippy::unused_async,
    clippy::unnecessary_wraps,
    reason = "a browser's database has to be opened, and may refuse"
)]
impl Memory {
    /// The database itself.
    pub async fn backend(self: &Rc<Self>) -> Result<Backend> {
        Ok(Backend::Memory(self.clone()))
    }

    /// Whether the database is open.
    pub const fn is_open(&self) -> bool {
        true
    }

    /// Whether the records last only as long as the page.
    pub async fn is_in_memory(&self) -> Result<bool> {
        Ok(true)
    }

    /// Closes nothing.
    pub const fn close(&self) {}
}

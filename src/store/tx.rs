//! Transactions: what is read and written through one holds as a whole or not at all, on disk or in memory.

#[cfg(target_arch = "wasm32")]
use super::disk;
use super::fault::Result;
use super::memory;
use crate::model::MessageKey;
use futures_util::future::{LocalBoxFuture, ready};
use std::any::Any;
use std::cell::Cell;
use std::rc::Rc;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen::JsValue;

/// The object stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Table {
    /// The conversation list: see `conversations.rs`.
    Conversations,
    /// What each conversation's blocks hold: see `history.rs`.
    Directories,
    /// The blocks: see `history.rs`.
    Blocks,
    /// What was removed: see `removals.rs`.
    Removals,
    /// How far each queue is acknowledged: see `positions.rs`.
    Queues,
    /// What is to be compared with the server: see `doubts.rs`.
    Doubts,
    /// What other tabs are to tell, too: see `news.rs`.
    News,
    /// Who wrote last: see `remembered.rs`.
    Stamps,
}

impl Table {
    pub(super) const ALL: [Self; 8] = [
        Self::Conversations,
        Self::Directories,
        Self::Blocks,
        Self::Removals,
        Self::Queues,
        Self::Doubts,
        Self::News,
        Self::Stamps,
    ];

    /// Its name in the database.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Conversations => "conversations",
            Self::Directories => "directories",
            Self::Blocks => "blocks",
            Self::Removals => "removals",
            Self::Queues => "queues",
            Self::Doubts => "doubts",
            Self::News => "news",
            Self::Stamps => "stamps",
        }
    }
}

/// Where a record stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    /// By a name: a conversation's, a shard's, a queue's.
    Name(String),
    /// A block, by its conversation and its oldest message.
    Block(String, MessageKey),
}

impl From<&str> for Key {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

/// What a record holds.
#[cfg(target_arch = "wasm32")]
pub(super) trait Kept: Clone + 'static + disk::Form {
    /// Where it is kept.
    const TABLE: Table;
}

/// What a record holds.
#[cfg(not(target_arch = "wasm32"))]
pub(super) trait Kept: Clone + 'static {
    /// Where it is kept.
    const TABLE: Table;
}

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Read,
    /// Others that want the same tables wait for it.
    Write,
}

/// A transaction. Dropped without [`Tx::commit`] it leaves everything as it was.
pub(super) struct Tx<'a> {
    on: On<'a>,
    /// One bit for each table that was written to.
    wrote: Cell<u32>,
}

/// Where it is one.
pub(super) enum On<'a> {
    #[cfg(target_arch = "wasm32")]
    Disk(disk::Tx<'a>),
    Memory(memory::Tx<'a>),
}

impl<'a> From<On<'a>> for Tx<'a> {
    fn from(on: On<'a>) -> Self {
        Self { on, wrote: Cell::new(0) }
    }
}

macro_rules! either {
    ($self:ident, $tx:ident => $work:expr) => {
        match &$self.on {
            #[cfg(target_arch = "wasm32")]
            On::Disk($tx) => $work,
            On::Memory($tx) => $work,
        }
    };
}

/// A record as it was found, of whatever kind it is: what finds it is compiled once for all of them.
pub(super) enum Found {
    #[cfg(target_arch = "wasm32")]
    Disk(JsValue),
    Memory(Rc<dyn Any>),
}

impl Found {
    fn read<T: Kept>(self) -> Option<T> {
        match self {
            #[cfg(target_arch = "wasm32")]
            Self::Disk(value) => disk::read(&value),
            Self::Memory(value) => value.downcast_ref().cloned(),
        }
    }
}

type Soon<'s, T> = LocalBoxFuture<'s, Result<T>>;

impl Tx<'_> {
    fn find<'s>(&'s self, table: Table, keys: &'s [Key]) -> Soon<'s, Vec<Option<Found>>> {
        match &self.on {
            #[cfg(target_arch = "wasm32")]
            On::Disk(tx) => Box::pin(tx.get_each(table, keys)),
            On::Memory(tx) => Box::pin(ready(Ok(keys.iter().map(|key| tx.get(table, key)).collect()))),
        }
    }

    fn find_all(&self, table: Table, named: bool) -> Soon<'_, Vec<(String, Found)>> {
        match &self.on {
            #[cfg(target_arch = "wasm32")]
            On::Disk(tx) => Box::pin(tx.all(table, named)),
            On::Memory(tx) => {
                let _ = named;
                Box::pin(ready(Ok(tx.all(table))))
            }
        }
    }

    /// A record. One that cannot be read counts as none.
    pub(super) async fn get<T: Kept>(&self, key: &Key) -> Result<Option<T>> {
        let found = self.find(T::TABLE, std::slice::from_ref(key)).await?;
        Ok(found.into_iter().next().flatten().and_then(Found::read))
    }

    /// Several records; all are asked for before the first is waited for.
    pub(super) async fn get_each<T: Kept>(&self, keys: &[Key]) -> Result<Vec<Option<T>>> {
        let found = self.find(T::TABLE, keys).await?;
        Ok(found.into_iter().map(|found| found.and_then(Found::read)).collect())
    }

    /// Every record of a table, without its name.
    pub(super) async fn values<T: Kept>(&self) -> Result<Vec<T>> {
        let found = self.find_all(T::TABLE, false).await?;
        Ok(found.into_iter().filter_map(|(_, found)| found.read()).collect())
    }

    /// Every record of a table whose keys are names.
    pub(super) async fn all<T: Kept>(&self) -> Result<Vec<(String, T)>> {
        let found = self.find_all(T::TABLE, true).await?;
        Ok(found.into_iter().filter_map(|(name, found)| Some((name, found.read()?))).collect())
    }

    /// Every name in a table.
    pub(super) fn names(&self, table: Table) -> Soon<'_, Vec<String>> {
        match &self.on {
            #[cfg(target_arch = "wasm32")]
            On::Disk(tx) => Box::pin(tx.names(table)),
            On::Memory(tx) => Box::pin(ready(Ok(tx.names(table)))),
        }
    }

    /// Writes a record. Not waited for: should it fail, so does the commit.
    pub(super) fn put<T: Kept>(&self, key: &Key, value: &T) -> Result<()> {
        self.writes(T::TABLE);
        match &self.on {
            #[cfg(target_arch = "wasm32")]
            On::Disk(tx) => tx.put(T::TABLE, key, value.write()?),
            On::Memory(tx) => tx.put(T::TABLE, key, Rc::new(value.clone())),
        }
    }

    /// Deletes a record.
    pub(super) fn delete(&self, table: Table, key: &Key) -> Result<()> {
        self.writes(table);
        either!(self, tx => tx.delete(table, key))
    }

    /// Deletes a conversation's blocks up to the one that begins with that message.
    pub(super) fn delete_blocks(&self, conversation: &str, through: MessageKey) -> Result<()> {
        self.writes(Table::Blocks);
        either!(self, tx => tx.delete_blocks(conversation, through))
    }

    /// Deletes everything in a table.
    pub(super) fn clear(&self, table: Table) -> Result<()> {
        self.writes(table);
        either!(self, tx => tx.clear(table))
    }

    fn writes(&self, table: Table) {
        self.wrote.set(self.wrote.get() | 1 << table as u32);
    }

    /// Whether anything was written.
    pub(super) fn wrote(&self) -> bool {
        self.wrote.get() != 0
    }

    /// Whether anything was written to that table.
    pub(super) fn wrote_to(&self, table: Table) -> bool {
        self.wrote.get() & 1 << table as u32 != 0
    }

    /// Makes it all true at once.
    #[cfg_attr(not(target_arch = "wasm32"), allow(clippy::unused_async, reason = "in memory nothing waits"))]
    pub(super) async fn commit(self) -> Result<()> {
        match self.on {
            #[cfg(target_arch = "wasm32")]
            On::Disk(tx) => tx.commit().await,
            On::Memory(tx) => {
                tx.commit();
                Ok(())
            }
        }
    }
}

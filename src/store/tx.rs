//! Transactions: what is read and written through one holds as a whole or not at all, on disk or in memory.

#[cfg(target_arch = "wasm32")]
use super::disk;
use super::fault::Result;
use super::memory;
use crate::model::MessageKey;
use std::cell::Cell;

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

// In memory nothing waits.
#[cfg_attr(not(target_arch = "wasm32"), allow(clippy::unused_async))]
impl Tx<'_> {
    /// A record. One that cannot be read counts as none.
    pub(super) async fn get<T: Kept>(&self, key: &Key) -> Result<Option<T>> {
        match &self.on {
            #[cfg(target_arch = "wasm32")]
            On::Disk(tx) => tx.get(key).await,
            On::Memory(tx) => Ok(tx.get(key)),
        }
    }

    /// Several records; all are asked for before the first is waited for.
    pub(super) async fn get_each<T: Kept>(&self, keys: &[Key]) -> Result<Vec<Option<T>>> {
        match &self.on {
            #[cfg(target_arch = "wasm32")]
            On::Disk(tx) => tx.get_each(keys).await,
            On::Memory(tx) => Ok(keys.iter().map(|key| tx.get(key)).collect()),
        }
    }

    /// Every record of a table, without its name.
    pub(super) async fn values<T: Kept>(&self) -> Result<Vec<T>> {
        match &self.on {
            #[cfg(target_arch = "wasm32")]
            On::Disk(tx) => tx.values().await,
            On::Memory(tx) => Ok(tx.all().into_iter().map(|(_, value)| value).collect()),
        }
    }

    /// Every record of a table whose keys are names.
    pub(super) async fn all<T: Kept>(&self) -> Result<Vec<(String, T)>> {
        match &self.on {
            #[cfg(target_arch = "wasm32")]
            On::Disk(tx) => tx.all().await,
            On::Memory(tx) => Ok(tx.all()),
        }
    }

    /// Every name in a table.
    pub(super) async fn names(&self, table: Table) -> Result<Vec<String>> {
        match &self.on {
            #[cfg(target_arch = "wasm32")]
            On::Disk(tx) => tx.names(table).await,
            On::Memory(tx) => Ok(tx.names(table)),
        }
    }

    /// Writes a record. Not waited for: should it fail, so does the commit.
    pub(super) fn put<T: Kept>(&self, key: &Key, value: &T) -> Result<()> {
        self.writes(T::TABLE);
        either!(self, tx => tx.put(key, value))
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

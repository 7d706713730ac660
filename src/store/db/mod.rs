//! The database of the local copy: tables of records, which are read and written in transactions.
//!
//! Nothing here knows what a record means: a record is a value of some type that implements [`Record`].

#[cfg(target_arch = "wasm32")]
mod disk;
mod error;
#[cfg(not(target_arch = "wasm32"))]
mod memory;
mod transaction;

#[cfg(target_arch = "wasm32")]
pub use disk::device;
#[cfg(target_arch = "wasm32")]
pub use disk::{Disk, delete, name};
pub use error::{DbError, ErrorKind};
#[cfg(not(target_arch = "wasm32"))]
pub use memory::Memory;
pub use transaction::{NotLoaded, Result, Transaction};

use crate::model::MessageKey;
/// What a transaction is for. Others that want the same tables wait for one that writes.
pub use indexed_db_futures::transaction::TransactionMode as Mode;

/// The object stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// The conversation list: see `store/conversations.rs`.
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
    pub const ALL: [Self; 8] = [
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
    pub const fn name(self) -> &'static str {
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

/// The names of the tables that are new with each version of the database, the versions parted by a slash. A change is a
/// new version behind the others.
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "only a disk has versions"))]
pub const TABLES: &str = "conversations directories blocks removals queues/doubts news stamps";

/// Where a record stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// By a name: a conversation's, a shard's, a queue's.
    Name(String),
    /// A block, by its conversation and its oldest message.
    Block(String, MessageKey),
}

#[cfg(not(target_arch = "wasm32"))]
impl Key {
    pub fn name(&self) -> Option<String> {
        match self {
            Self::Name(name) => Some(name.clone()),
            Self::Block(..) => None,
        }
    }
}

impl From<&str> for Key {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

/// What a record holds.
#[cfg(target_arch = "wasm32")]
pub trait Record: Clone + 'static + disk::Form {
    /// Where it is kept.
    const TABLE: Table;
}

/// What a record holds.
#[cfg(not(target_arch = "wasm32"))]
pub trait Record: Clone + 'static {
    /// Where it is kept.
    const TABLE: Table;
}

/// What is to be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Query {
    /// One record.
    Record(Table, Key),
    /// The key of every record.
    Keys(Table),
    /// Every record, in the order of their keys.
    Values(Table),
}

impl Query {
    pub fn named(table: Table, name: &str) -> Self {
        Self::Record(table, name.into())
    }
}

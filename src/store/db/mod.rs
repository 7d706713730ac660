//! The database of the local copy: tables of records, which are read and written in transactions.
//!
//! Nothing here knows what a record means: a record is a value of a type that implements [`Record`]. Records are kept in
//! IndexedDB (`indexed_db.rs`) or, where there is none, in memory (`memory.rs`); work on a [`Transaction`] is the same over
//! both. `connection.rs` opens the database, opens it again when the browser took it away, and deletes it.

mod backend;
#[cfg(target_arch = "wasm32")]
mod connection;
#[cfg(target_arch = "wasm32")]
pub mod device;
mod error;
#[cfg(target_arch = "wasm32")]
mod indexed_db;
mod memory;
#[cfg(target_arch = "wasm32")]
mod migrations;
mod operations;
mod transaction;

#[cfg(target_arch = "wasm32")]
pub use connection::{Connection, delete};
pub use error::{DbError, ErrorKind};
#[cfg(not(target_arch = "wasm32"))]
pub use memory::Memory;
pub use transaction::{NotLoaded, Result, Transaction};

/// What a transaction is for. Others that want the same tables wait for one that writes.
pub use indexed_db_futures::transaction::TransactionMode as Mode;

use crate::model::MessageKey;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cmp::Ordering;

/// The tables; an object store each in IndexedDB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// The conversation list: see `store/conversations.rs`.
    Conversations,
    /// The directory of each conversation's blocks: see `store/history.rs`.
    Directories,
    /// The blocks of messages: see `store/history.rs`.
    Blocks,
    /// Removals: see `store/removals.rs`.
    Removals,
    /// How far each queue is acknowledged: see `store/positions.rs`.
    Queues,
    /// Doubts, which are settled by comparing with the server: see `store/doubts.rs`.
    Doubts,
    /// The log of events that other tabs are to tell, too: see `store/news.rs`.
    News,
    /// The stamp of the transaction that wrote last: see `store/remembered.rs`.
    Stamps,
}

impl Table {
    /// Every table.
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
    #[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "memory needs no names"))]
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

/// Where a record stands in its table. Keys have IndexedDB's order: texts are compared by their UTF-16.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// A name: a conversation's, a queue's, or a number as text.
    Name(String),
    /// A block, by its conversation and its oldest message.
    Block(String, MessageKey),
}

impl Key {
    /// The name, where the key is one.
    pub fn into_name(self) -> Option<String> {
        match self {
            Self::Name(name) => Some(name),
            Self::Block(..) => None,
        }
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Name(one), Self::Name(other)) => one.encode_utf16().cmp(other.encode_utf16()),
            (Self::Block(one, first), Self::Block(other, other_first)) => {
                one.encode_utf16().cmp(other.encode_utf16()).then_with(|| first.cmp(other_first))
            }
            (Self::Name(_), Self::Block(..)) => Ordering::Less,
            (Self::Block(..), Self::Name(_)) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<&str> for Key {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

/// A type of records.
pub trait Record: Serialize + DeserializeOwned + Clone + 'static {
    /// The table that keeps them.
    const TABLE: Table;
}

/// A question to the database.
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
    /// The record with that name.
    pub fn named(table: Table, name: &str) -> Self {
        Self::Record(table, name.into())
    }
}

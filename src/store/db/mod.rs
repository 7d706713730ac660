//! The database of the local copy: tables of records, which are read and written in transactions.
//!
//! Nothing here knows the meaning of a record: a record is a value of a type that implements [`Record`]. Records are stored in
//! IndexedDB (`indexed_db.rs`) or, if there is none, in memory (`memory.rs`). A [`Transaction`] works the same on both.
//! `connection.rs` opens the database, reopens it after the browser closed it, and deletes it.

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
#[cfg(target_arch = "wasm32")]
mod room_keys;
mod transaction;

#[cfg(target_arch = "wasm32")]
pub use connection::{Connection, delete};
pub use error::{DbError, ErrorKind};
#[cfg(not(target_arch = "wasm32"))]
pub use memory::Memory;
pub use transaction::{NotLoaded, Result, Transaction};

/// Whether a transaction only reads, or also writes. One that writes has its tables for itself.
pub use indexed_db_futures::transaction::TransactionMode as Mode;

use crate::model::MessageKey;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cmp::Ordering;

/// The tables. In IndexedDB each is an object store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// The conversation list, in shards.
    Conversations,
    /// The directory of each conversation's blocks.
    Directories,
    /// The blocks of messages.
    Blocks,
    /// The tombstones of removed messages and deleted conversations.
    Tombstones,
    /// The acknowledged position of each queue.
    Queues,
    /// Pending comparisons with the server.
    Reconciliations,
    /// The event log, which other tabs read.
    EventLog,
    /// The version of the latest transaction that wrote.
    WriteVersions,
    /// Up to where the user read conversations.
    Reads,
    /// The chat rooms that are known as such.
    Rooms,
}

impl Table {
    /// Every table.
    pub const ALL: [Self; 10] = [
        Self::Conversations,
        Self::Directories,
        Self::Blocks,
        Self::Tombstones,
        Self::Queues,
        Self::Reconciliations,
        Self::EventLog,
        Self::WriteVersions,
        Self::Reads,
        Self::Rooms,
    ];

    /// Its name in the database. Databases of earlier versions have these names, so they do not change.
    #[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "memory needs no names"))]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Conversations => "conversations",
            Self::Directories => "directories",
            Self::Blocks => "blocks",
            Self::Tombstones => "removals",
            Self::Queues => "queues",
            Self::Reconciliations => "doubts",
            Self::EventLog => "news",
            Self::WriteVersions => "stamps",
            Self::Reads => "reads",
            Self::Rooms => "rooms",
        }
    }
}

/// The key of a record in its table. Keys have IndexedDB's order, which compares strings by their UTF-16 units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// A name: that of a conversation or a queue, or a number as a string.
    Name(String),
    /// A block: its conversation and its oldest message.
    Block(String, MessageKey),
}

impl Key {
    /// The name, if the key is one.
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
    /// The table of these records.
    const TABLE: Table;
}

/// A query of the database.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Query {
    /// One record.
    Record(Table, Key),
    /// The key of every record.
    Keys(Table),
    /// Every record, in the order of the keys.
    Values(Table),
}

impl Query {
    /// The record whose key is this name.
    pub fn named(table: Table, name: &str) -> Self {
        Self::Record(table, name.into())
    }
}

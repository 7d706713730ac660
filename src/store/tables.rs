//! The table of each record type.

use super::db::{Key, Record, Table};
use super::records::{
    Block, ConversationShard, Directory, EventBatch, EventLog, KnownRooms, Queue, ReadMark, Reconciliation,
    Tombstones, WriteVersion,
};
use crate::model::JsonText;

/// The key is the number of the shard.
impl Record for ConversationShard {
    const TABLE: Table = Table::Conversations;
}

/// The key is that of the conversation.
impl Record for Directory {
    const TABLE: Table = Table::Directories;
}

/// The key is that of the conversation and the oldest message of the block.
impl Record for Block<JsonText> {
    const TABLE: Table = Table::Blocks;
}

/// The key is that of the conversation, or `ALL_CONVERSATIONS`.
impl Record for Tombstones {
    const TABLE: Table = Table::Tombstones;
}

/// The key is the name of the queue.
impl Record for Queue {
    const TABLE: Table = Table::Queues;
}

/// The keys are described in `rules/reconciliation.rs`.
impl Record for Reconciliation {
    const TABLE: Table = Table::Reconciliations;
}

/// The key is the number of the batch, padded to 20 digits.
impl Record for EventBatch {
    const TABLE: Table = Table::EventLog;
}

/// The only record has an empty key.
impl Record for EventLog {
    const TABLE: Table = Table::EventLog;
}

/// The only record has an empty key.
impl Record for WriteVersion {
    const TABLE: Table = Table::WriteVersions;
}

/// The key is that of the conversation.
impl Record for ReadMark {
    const TABLE: Table = Table::Reads;
}

impl Record for KnownRooms {
    const TABLE: Table = Table::Rooms;
}

/// The key of a shard of the conversation list.
pub(super) fn shard_key(number: u32) -> Key {
    Key::Name(number.to_string())
}

//! The table of each kind of record, and its key.

use super::db::{Key, Record, Table};
use super::records::{
    Block, ConversationShard, Directory, EventBatch, EventLog, Queue, Reconciliation, Tombstones,
    WriteVersion,
};
use crate::model::JsonText;

/// Key: the shard's number.
impl Record for ConversationShard {
    const TABLE: Table = Table::Conversations;
}

/// Key: the conversation's.
impl Record for Directory {
    const TABLE: Table = Table::Directories;
}

/// Key: the conversation's, and the block's oldest message.
impl Record for Block<JsonText> {
    const TABLE: Table = Table::Blocks;
}

/// Key: the conversation's, or `ALL_CONVERSATIONS`.
impl Record for Tombstones {
    const TABLE: Table = Table::Removals;
}

/// Key: the queue's name.
impl Record for Queue {
    const TABLE: Table = Table::Queues;
}

/// Key: see `rules/reconciliation.rs`.
impl Record for Reconciliation {
    const TABLE: Table = Table::Doubts;
}

/// Key: the batch's number, padded to 20 digits.
impl Record for EventBatch {
    const TABLE: Table = Table::News;
}

/// Key: empty; there is one.
impl Record for EventLog {
    const TABLE: Table = Table::News;
}

/// Key: empty; there is one.
impl Record for WriteVersion {
    const TABLE: Table = Table::Stamps;
}

/// The key of a shard of the conversation list.
pub(super) fn shard_key(number: u32) -> Key {
    Key::Name(number.to_string())
}

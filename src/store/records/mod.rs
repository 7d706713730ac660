//! The records of the local copy: plain data, one kind a file. They know neither the database that stores them nor the
//! rules that change them.

mod block;
mod conversation_shard;
mod directory;
mod event_log;
mod known_rooms;
mod queue;
mod read_mark;
mod reconciliation;
mod stored;
mod tombstones;
mod typed_arrays;
mod write_version;

pub(crate) use block::Block;
pub(crate) use conversation_shard::{
    ConversationShard, ListedConversation, SHARD_COUNT, SortKey, group_into_shards, shard_number,
};
pub(crate) use directory::{Directory, RecentChange, RecentChanges, Span};
pub use event_log::EventBatch;
pub(crate) use event_log::EventLog;
pub(crate) use known_rooms::KnownRooms;
pub(crate) use queue::Queue;
pub(crate) use read_mark::ReadMark;
pub(crate) use reconciliation::Progress;
pub use reconciliation::Reconciliation;
pub(crate) use tombstones::{RemovedMessage, Tombstones, Watermark};
pub(crate) use write_version::WriteVersion;

/// The key of a record that applies to all conversations. No conversation has an empty key.
pub(crate) const ALL_CONVERSATIONS: &str = "";

//! The record cache of one tab.
//!
//! Every writing transaction stores a new [`WriteVersion`]. A tab caches the records that it read or wrote last, and the
//! version under which they were current. A transaction that wants to use them reads the stored version first: if it is
//! the cached one, no tab has written since. So one small record replaces a directory, a block, a shard of the
//! conversation list and two records of tombstones, and no message between tabs is needed.

use super::records::{ConversationShard, KnownRooms, Tombstones, WriteVersion};
use super::timeline::Timeline;
use crate::model::{JsonText, MessageKey};
use litemap::LiteMap;

/// The history of one conversation, as it is stored.
pub(super) type History = Timeline<JsonText>;

/// The number of cached conversations.
const MAX_CONVERSATIONS: usize = 256;
/// The number of block summaries in all cached directories; about 2 MiB.
const MAX_SPANS: usize = 32_768;
/// The number of conversations whose newest block is cached; about 25 KiB each.
const MAX_LOADED: usize = 32;
/// The size of the cached part of the conversation list: twice the longest list of the hosted service.
const MAX_LIST_BYTES: usize = 512 * 1024;

/// A value that may not have been read yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Cached<T> {
    /// It was not read.
    #[default]
    Unknown,
    /// It was read; `None` if it does not exist.
    Value(Option<T>),
}

/// The cached records of one conversation.
#[derive(Clone, Debug, Default)]
pub(super) struct CachedConversation {
    /// The history, with its newest block if that was loaded.
    pub(super) history: Option<History>,
    pub(super) tombstones: Option<Tombstones>,
    /// The position of the last message in the conversation list.
    pub(super) last_message: Cached<MessageKey>,
    /// True if the conversation must be compared with the server.
    pub(super) is_stale: Option<bool>,
}

impl CachedConversation {
    fn span_count(&self) -> usize {
        self.history.as_ref().map_or(0, |history| history.directory().spans.len())
    }
}

/// The cached records of one tab.
#[derive(Debug, Default)]
pub(super) struct RecordCache {
    /// The version under which the records are current. Without one the cache is empty.
    version: Option<WriteVersion>,
    conversations: LiteMap<String, CachedConversation>,
    /// Shards of the conversation list, by number.
    shards: LiteMap<u32, ConversationShard>,
    rooms: Option<KnownRooms>,
    /// The notes about comparisons: when each was noted by the copy's time, and when this page first saw it by its own.
    notes_seen: LiteMap<String, (u64, u64)>,
}

impl RecordCache {
    /// The page sees all notes about comparisons, by their names and the times at which they were noted.
    pub(super) fn see_notes<'n>(&mut self, notes: impl Iterator<Item = (&'n str, u64)>, page_time: u64) {
        let before = std::mem::take(&mut self.notes_seen);
        for (name, noted_at) in notes {
            let seen = before.get(name).filter(|(noted, _)| *noted == noted_at);
            let seen_at = seen.map_or(page_time, |(_, seen_at)| *seen_at);
            self.notes_seen.insert(name.to_owned(), (noted_at, seen_at));
        }
    }

    /// When this page first saw a note, by its own clock.
    pub(super) fn note_seen_at(&self, name: &str) -> Option<u64> {
        self.notes_seen.get(name).map(|(_, seen_at)| *seen_at)
    }

    /// A note is stored again under another name.
    pub(super) fn copy_note_seen_at(&mut self, from: &str, to: &str) {
        if let Some(seen) = self.notes_seen.get(from).copied() {
            self.notes_seen.insert(to.to_owned(), seen);
        }
    }

    /// The version under which the records are current.
    pub(super) fn version(&self) -> Option<WriteVersion> {
        self.version
    }

    /// True if the records are current under the stored version.
    pub(super) fn is_current(&self, stored: Cached<WriteVersion>) -> bool {
        self.version.is_some() && stored == Cached::Value(self.version)
    }

    /// The known chat rooms. They are valid only if the stored version is [`RecordCache::version`].
    pub(super) fn rooms(&self) -> Option<&KnownRooms> {
        self.rooms.as_ref()
    }

    /// The cached records of a conversation. They are valid only if the stored version is [`RecordCache::version`].
    pub(super) fn lookup(&self, key: &str) -> Option<&CachedConversation> {
        self.conversations.get(key)
    }

    /// A cached shard. It is valid only if the stored version is [`RecordCache::version`].
    pub(super) fn lookup_shard(&self, number: u32) -> Option<&ConversationShard> {
        self.shards.get(&number)
    }

    /// True if records of that conversation, or that shard, are cached.
    pub(super) fn contains(&self, key: &str, shard: u32) -> bool {
        self.conversations.contains_key(key) || self.shards.contains_key(&shard)
    }

    /// Forgets which conversations must be compared with the server.
    pub(super) fn forget_staleness(&mut self) {
        for (_, conversation) in &mut self.conversations {
            conversation.is_stale = None;
        }
    }

    /// Forgets all records.
    pub(super) fn clear(&mut self) {
        self.version = None;
        self.conversations.clear();
        self.shards.clear();
    }

    /// Adds the records of a transaction that found the version `found` and left the version `current`. The transaction
    /// changed no other records, so the rest of the cache stays valid if it was valid under `found`.
    pub(super) fn update(
        &mut self,
        found: Option<WriteVersion>,
        current: Option<WriteVersion>,
        conversations: Vec<(String, CachedConversation)>,
        shards: Vec<(u32, ConversationShard)>,
        rooms: Option<KnownRooms>,
    ) {
        if found.is_none() || self.version != found {
            self.conversations.clear();
            self.shards.clear();
            self.rooms = None;
        }
        self.version = current;
        if current.is_none() {
            return;
        }
        let has_blocks =
            |cached: &&CachedConversation| cached.history.as_ref().is_some_and(History::has_blocks);
        let loaded = self.conversations.values().filter(has_blocks).count();
        if loaded + conversations.len() > MAX_LOADED {
            let histories = self.conversations.iter_mut().filter_map(|(_, cached)| cached.history.as_mut());
            histories.for_each(History::unload_blocks);
        }
        for (key, mut cached) in conversations {
            if let Some(history) = &mut cached.history {
                history.unload_older_blocks();
            }
            self.conversations.insert(key, cached);
        }
        for (number, shard) in shards {
            self.shards.insert(number, shard);
        }
        if rooms.is_some() {
            self.rooms = rooms;
        }
        self.evict();
    }

    /// Drops conversations and shards until the limits are kept. An evicted record is read again when it is needed.
    fn evict(&mut self) {
        let mut spans: usize = self.conversations.values().map(CachedConversation::span_count).sum();
        let mut count = self.conversations.len();
        self.conversations.retain(|_, cached| {
            let is_kept = count <= MAX_CONVERSATIONS && spans <= MAX_SPANS;
            if !is_kept {
                count -= 1;
                spans -= cached.span_count();
            }
            is_kept
        });
        let mut bytes: usize = self.shards.values().map(ConversationShard::bytes).sum();
        self.shards.retain(|_, shard| {
            let is_kept = bytes <= MAX_LIST_BYTES;
            if !is_kept {
                bytes -= shard.bytes();
            }
            is_kept
        });
    }
}

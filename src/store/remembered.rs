//! What a tab knows of the tables without asking, and how it knows that it is still so: every transaction that writes
//! leaves a stamp that no other will leave again. Who reads it, in the transaction in which it matters, and finds the
//! stamp under which it remembers, may believe what it remembers: one small record instead of a directory, a block,
//! a conversation and two lists of removals. Table `stamps`, key `""`.

use super::conversations::Shard;
use super::db::{Key, Record, Result, Table, Transaction};
use super::history::History;
use super::removals::Removals;
use crate::model::MessageKey;
use std::collections::BTreeMap;

/// So many conversations are remembered.
const CONVERSATIONS: usize = 256;
/// So many blocks their directories may name together: some 2 MiB.
const NAMED: usize = 32_768;
/// Of so many the newest block is kept, too: some 25 KiB each.
const KEPT: usize = 32;
/// So much of the list is: twice as much as the service's has at its longest.
const LISTED_BYTES: usize = 512 * 1024;

/// Left by the latest transaction that wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Which handle's.
    pub(super) tab: u64,
    /// Its how many-th.
    pub(super) count: u64,
}

impl Record for Stamp {
    const TABLE: Table = Table::Stamps;
}

impl Stamp {
    pub(super) fn load(tx: &Transaction) -> Result<Option<Self>> {
        tx.get(&Key::from(""))
    }

    pub(super) fn save(self, tx: &Transaction) {
        tx.put(&Key::from(""), &self);
    }
}

/// What was read or written of something that may not be there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Known<T> {
    /// It was not looked at.
    #[default]
    Not,
    /// It is this, or not there.
    As(Option<T>),
}

/// What is remembered under one key: whatever was read or written last.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    /// With its newest block, if that is known.
    pub(super) history: Option<History>,
    pub(super) removals: Option<Removals>,
    /// Where the message stands that the list shows for it.
    pub(super) last: Known<MessageKey>,
    /// Whether what is kept of it may differ from the server's.
    pub(super) doubted: Option<bool>,
}

impl Entry {
    fn named(&self) -> usize {
        self.history.as_ref().map_or(0, |history| history.directory().spans.len())
    }
}

/// All that is remembered.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    /// What it holds is what the tables held under this stamp; without one it holds nothing.
    stamp: Option<Stamp>,
    entries: BTreeMap<String, Box<Entry>>,
    /// Parts of the list, by their numbers.
    shards: BTreeMap<u32, Shard>,
}

impl Remembered {
    /// What is remembered under a key. It counts only if the tables bear [`Remembered::stamp`].
    pub(super) fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.get(key).map(|entry| &**entry)
    }

    /// The same of a part of the list.
    pub(super) fn shard(&self, number: u32) -> Option<&Shard> {
        self.shards.get(&number)
    }

    /// Whether anything is remembered under that key, or of that part of the list.
    pub(super) fn has(&self, key: &str, shard: u32) -> bool {
        self.entries.contains_key(key) || self.shards.contains_key(&shard)
    }

    pub(super) fn stamp(&self) -> Option<Stamp> {
        self.stamp
    }

    /// Something was doubted, or is no longer.
    pub(super) fn forget_doubts(&mut self) {
        for entry in self.entries.values_mut() {
            entry.doubted = None;
        }
    }

    /// The tables bore `found`, and now bear `stamp`, since this tab changed what `entries` and `shards` are about and
    /// nothing else of what it remembers.
    pub(super) fn note(
        &mut self,
        found: Option<Stamp>,
        stamp: Option<Stamp>,
        entries: BTreeMap<String, Box<Entry>>,
        shards: BTreeMap<u32, Shard>,
    ) {
        if found.is_none() || self.stamp != found {
            self.entries.clear();
            self.shards.clear();
        }
        self.stamp = stamp;
        if stamp.is_none() {
            return;
        }
        let keeps = |entry: &Entry| entry.history.as_ref().is_some_and(History::has_blocks);
        if self.entries.values().filter(|entry| keeps(entry)).count() + entries.len() > KEPT {
            self.entries
                .values_mut()
                .filter_map(|entry| entry.history.as_mut())
                .for_each(History::forget_blocks);
        }
        for (key, mut entry) in entries {
            if let Some(history) = &mut entry.history {
                history.forget_older_blocks();
            }
            self.entries.insert(key, entry);
        }
        let mut named: usize = self.entries.values().map(|entry| entry.named()).sum();
        // Which one goes does not matter much: it is asked for again.
        while self.entries.len() > CONVERSATIONS || named > NAMED {
            let Some((_, entry)) = self.entries.pop_first() else { break };
            named -= entry.named();
        }
        for (number, shard) in shards {
            self.shards.insert(number, shard);
        }
        let mut bytes: usize = self.shards.values().map(Shard::bytes).sum();
        while bytes > LISTED_BYTES {
            let Some((_, shard)) = self.shards.pop_first() else { break };
            bytes -= shard.bytes();
        }
    }
}

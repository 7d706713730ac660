//! The unit of work: what one transaction reads, and what it writes at its end.
//!
//! # Work is run again until nothing is missing
//!
//! A rule is a plain function. When it reads a record that is not loaded yet, the transaction notes the query and the
//! rule returns [`NotLoaded`]. The store then loads all noted records at once and runs the rule again, in a new unit of
//! work, until nothing is missing; only the writes of the last run count. Rules therefore have no effects outside their
//! unit of work, or effects that may be repeated.
//!
//! The alternative, an `async` rule that awaits each record, was measured: the state machines added 18 KB to the package
//! (gzip), and the records were read one after the other, which costs about as much per request as reading all of them
//! at once. [`UnitOfWork::prefetch`] saves runs where the needed records are known in advance.

use super::cache::{Cached, CachedConversation, History, RecordCache};
use super::db::{Key, NotLoaded, Query, Result, Table, Transaction};
use super::records::{
    ALL_CONVERSATIONS, ConversationShard, Directory, SHARD_COUNT, Tombstones, WriteVersion, shard_number,
};
use super::tables::shard_key;
use super::timeline::{BlockResult, MissingBlocks, Timeline};
use crate::model::{Conversation, MessageKey, StoredMessage};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// A value as it was read, and as it is now.
struct Tracked<T> {
    original: T,
    current: T,
}

impl<T: Clone + PartialEq> Tracked<T> {
    fn new(value: T) -> Self {
        Self { original: value.clone(), current: value }
    }

    fn is_changed(&self) -> bool {
        self.original != self.current
    }
}

/// The records that one transaction has read and changed.
pub(super) struct UnitOfWork<'a> {
    pub(super) tx: &'a Transaction,
    pub(super) cache: &'a RefCell<RecordCache>,
    /// The stored version, once it was read.
    found_version: Cached<WriteVersion>,
    /// The version to store if this transaction writes.
    version: WriteVersion,
    /// The local time, in milliseconds.
    pub(super) now: u64,
    /// The server's time at which it had completed the call whose result is applied.
    pub(super) completed_at: Option<u64>,
    histories: BTreeMap<String, History>,
    tombstones: BTreeMap<String, Tracked<Tombstones>>,
    /// The shards of the conversation list as they were read.
    shards: BTreeMap<u32, ConversationShard>,
    /// The conversations of the list that were read. Their shards are in `shards`.
    conversations: BTreeMap<String, Tracked<Option<Conversation>>>,
}

/// The outcome of a transaction, for the cache.
pub(super) struct Finished {
    /// True if the conversation list changed.
    pub(super) list_changed: bool,
    staleness_changed: bool,
    found: Option<WriteVersion>,
    current: Option<WriteVersion>,
    conversations: BTreeMap<String, CachedConversation>,
    shards: BTreeMap<u32, ConversationShard>,
}

impl Finished {
    /// Updates the cache. To be called after the commit.
    pub(super) fn update_cache(self, cache: &mut RecordCache) {
        if self.staleness_changed {
            cache.forget_staleness();
        }
        cache.update(self.found, self.current, self.conversations, self.shards);
    }
}

impl<'a> UnitOfWork<'a> {
    /// Starts work in a transaction. `version` must be unique to the transaction.
    pub(super) fn new(
        tx: &'a Transaction,
        now: u64,
        cache: &'a RefCell<RecordCache>,
        version: WriteVersion,
    ) -> Self {
        Self {
            tx,
            cache,
            found_version: Cached::Unknown,
            version,
            now,
            completed_at: None,
            histories: BTreeMap::new(),
            tombstones: BTreeMap::new(),
            shards: BTreeMap::new(),
            conversations: BTreeMap::new(),
        }
    }

    /// The number of this store handle, which tells its calls from those of other tabs.
    pub(super) fn handle(&self) -> u64 {
        self.version.tab
    }

    /// Writes all changes.
    pub(super) fn finish(mut self) -> Result<Finished> {
        for (key, history) in &mut self.histories {
            save_history(self.tx, key, history);
        }
        for (key, tombstones) in self.tombstones.iter().filter(|(_, tracked)| tracked.is_changed()) {
            if tombstones.current == Tombstones::default() {
                self.tx.delete(Table::Removals, &key.as_str().into());
            } else {
                self.tx.put(&key.as_str().into(), &tombstones.current);
            }
        }
        let mut changed_shards = BTreeSet::new();
        for (key, conversation) in self.conversations.iter().filter(|(_, tracked)| tracked.is_changed()) {
            let number = shard_number(key);
            let shard = self.shards.get_mut(&number).ok_or_else(|| lost(self.tx, key))?;
            shard.set(key, conversation.current.as_ref());
            changed_shards.insert(number);
        }
        for (number, shard) in self.shards.iter().filter(|(number, _)| changed_shards.contains(number)) {
            self.tx.put(&shard_key(*number), shard);
        }
        let found = match self.found_version {
            Cached::Value(found) => found,
            Cached::Unknown => None,
        };
        let wrote = self.tx.wrote();
        if wrote {
            self.tx.put(&Key::from(""), &self.version);
        }
        Ok(Finished {
            list_changed: !changed_shards.is_empty(),
            staleness_changed: self.tx.wrote_to(Table::Doubts),
            found,
            current: if wrote { Some(self.version) } else { found },
            conversations: to_cached(self.histories, self.tombstones, self.conversations),
            shards: self.shards,
        })
    }

    /// Reads the stored version, unless that was done.
    fn read_version(&mut self) -> Result<()> {
        if self.found_version == Cached::Unknown {
            self.found_version = Cached::Value(self.tx.get(&Key::from(""))?);
        }
        Ok(())
    }

    /// Takes the records of a conversation from the cache if they are still current.
    fn load_cached(&mut self, key: &str) -> Result<()> {
        let number = shard_number(key);
        if self.cache.borrow().contains(key, number) {
            self.read_version()?;
            self.take_cached(key, number);
        }
        Ok(())
    }

    fn take_cached(&mut self, key: &str, number: u32) {
        let cache = self.cache.borrow();
        if cache.version().is_none() || self.found_version != Cached::Value(cache.version()) {
            return;
        }
        if let Some(shard) = cache.lookup_shard(number).filter(|_| !self.shards.contains_key(&number)) {
            self.shards.insert(number, shard.clone());
        }
        let Some(cached) = cache.lookup(key) else { return };
        if let Some(history) = cached.history.as_ref().filter(|_| !self.histories.contains_key(key)) {
            self.histories.insert(key.to_owned(), history.clone());
        }
        if let Some(found) = cached.tombstones.as_ref().filter(|_| !self.tombstones.contains_key(key)) {
            self.tombstones.insert(key.to_owned(), Tracked::new(found.clone()));
        }
    }

    /// Loads at once the records that most changes of these conversations need, unless they are loaded or cached.
    pub(super) fn prefetch<'k>(&mut self, keys: impl IntoIterator<Item = &'k str>) -> Result<()> {
        let version = self.read_version();
        let mut queries = Vec::new();
        for key in keys.into_iter().chain([ALL_CONVERSATIONS]) {
            let number = shard_number(key);
            if version.is_ok() {
                self.take_cached(key, number);
            } else if self.cache.borrow().contains(key, number) {
                continue;
            }
            if !self.tombstones.contains_key(key) {
                queries.push(Query::named(Table::Removals, key));
            }
            if key == ALL_CONVERSATIONS {
                continue;
            }
            if !self.histories.contains_key(key) {
                queries.push(Query::named(Table::Directories, key));
            }
            if !self.shards.contains_key(&number) {
                queries.push(Query::Record(Table::Conversations, shard_key(number)));
            }
        }
        self.tx.prefetch(queries)?;
        version
    }

    /// Runs an operation on a history, and loads the blocks that it needs.
    pub(super) fn with_history<R>(
        &mut self,
        key: &str,
        mut operation: impl FnMut(&mut History) -> BlockResult<R>,
    ) -> Result<R> {
        loop {
            match operation(self.history_header(key)?) {
                Ok(result) => return Ok(result),
                Err(missing) => load_blocks(self.tx, key, self.history_header(key)?, missing)?,
            }
        }
    }

    /// A history without its blocks: enough for everything that the directory tells.
    pub(super) fn history_header(&mut self, key: &str) -> Result<&mut History> {
        if !self.histories.contains_key(key) {
            self.load_cached(key)?;
        }
        if !self.histories.contains_key(key) {
            self.histories.insert(key.to_owned(), load_history(self.tx, key)?);
        }
        self.histories.get_mut(key).ok_or_else(|| lost(self.tx, key))
    }

    /// The tombstones of one conversation, or of [`ALL_CONVERSATIONS`], to change.
    pub(super) fn tombstones(&mut self, key: &str) -> Result<&mut Tombstones> {
        if !self.tombstones.contains_key(key) {
            self.load_cached(key)?;
        }
        if !self.tombstones.contains_key(key) {
            let found = self.tx.get(&key.into())?.unwrap_or_default();
            self.tombstones.insert(key.to_owned(), Tracked::new(found));
        }
        self.tombstones.get_mut(key).map(|tracked| &mut tracked.current).ok_or_else(|| lost(self.tx, key))
    }

    /// All tombstones that are stored, to change.
    pub(super) fn all_tombstones(&mut self) -> Result<impl Iterator<Item = &mut Tombstones>> {
        for (key, found) in self.tx.all::<Tombstones>()? {
            self.tombstones.entry(key).or_insert_with(|| Tracked::new(found));
        }
        Ok(self.tombstones.values_mut().map(|tracked| &mut tracked.current))
    }

    /// A conversation of the list, to change, add or remove.
    pub(super) fn conversation(&mut self, key: &str) -> Result<&mut Option<Conversation>> {
        if !self.conversations.contains_key(key) {
            let number = shard_number(key);
            if !self.shards.contains_key(&number) {
                self.load_cached(key)?;
            }
            self.read_shards(number..=number)?;
            let conversation = self.shards.get(&number).and_then(|shard| shard.read(key));
            self.conversations.insert(key.to_owned(), Tracked::new(conversation));
        }
        self.conversations.get_mut(key).map(|tracked| &mut tracked.current).ok_or_else(|| lost(self.tx, key))
    }

    /// The position of a conversation's last message in the list.
    pub(super) fn last_message_key(&mut self, key: &str) -> Result<Option<MessageKey>> {
        Ok(self.conversation(key)?.as_ref().and_then(last_message_key))
    }

    /// Reads these shards of the list, unless that was done.
    fn read_shards(&mut self, numbers: impl IntoIterator<Item = u32>) -> Result<()> {
        let numbers: Vec<_> =
            numbers.into_iter().filter(|number| !self.shards.contains_key(number)).collect();
        let keys: Vec<_> = numbers.iter().copied().map(shard_key).collect();
        let found = self.tx.get_each::<ConversationShard>(&keys)?;
        self.shards.extend(numbers.into_iter().zip(found.into_iter().map(Option::unwrap_or_default)));
        Ok(())
    }

    /// The keys of all conversations on the list.
    pub(super) fn listed_keys(&mut self) -> Result<BTreeSet<String>> {
        self.read_shards(0..SHARD_COUNT)?;
        let mut keys: BTreeSet<_> = self.shards.values().flat_map(ConversationShard::keys).collect();
        for (key, tracked) in &self.conversations {
            if tracked.current.is_some() {
                keys.insert(key.clone());
            } else {
                keys.remove(key);
            }
        }
        Ok(keys)
    }

    /// The keys of all conversations on the list, and of all with a history.
    pub(super) fn known_keys(&mut self) -> Result<BTreeSet<String>> {
        // Both are queried before either is required, so that they are loaded together.
        let (listed, stored) = (self.listed_keys(), self.tx.keys(Table::Directories));
        let mut keys = listed?;
        keys.extend(stored?);
        keys.extend(self.histories.keys().cloned());
        Ok(keys)
    }
}

/// Loads the directory of a history. Its blocks are loaded on demand.
pub(super) fn load_history(tx: &Transaction, key: &str) -> Result<History> {
    let directory = tx.get::<Directory>(&key.into())?;
    Ok(Timeline::new(directory.unwrap_or_default()))
}

/// Loads the blocks that an operation needs.
pub(super) fn load_blocks(
    tx: &Transaction,
    key: &str,
    history: &mut History,
    MissingBlocks(missing): MissingBlocks,
) -> Result<()> {
    let keys: Vec<_> = missing.iter().map(|first| Key::Block(key.to_owned(), *first)).collect();
    for (first, block) in missing.into_iter().zip(tx.get_each(&keys)?) {
        history.load_block(first, block);
    }
    Ok(())
}

fn save_history(tx: &Transaction, key: &str, history: &mut History) {
    let changes = history.take_changes();
    if let Some(through) = changes.cleared_through {
        let block = |first| Key::Block(key.to_owned(), first);
        let first = MessageKey { timestamp: 0, id: 0 };
        tx.delete_range(Table::Blocks, block(first)..=block(through));
    }
    for first in changes.deleted {
        tx.delete(Table::Blocks, &Key::Block(key.to_owned(), first));
    }
    for first in changes.written {
        if let Some(block) = history.block(first) {
            tx.put(&Key::Block(key.to_owned(), first), block);
        }
    }
    if changes.directory {
        tx.put(&key.into(), history.directory());
    }
}

/// Groups records by conversation.
fn to_cached(
    histories: BTreeMap<String, History>,
    tombstones: BTreeMap<String, Tracked<Tombstones>>,
    conversations: BTreeMap<String, Tracked<Option<Conversation>>>,
) -> BTreeMap<String, CachedConversation> {
    let mut cached: BTreeMap<String, CachedConversation> = BTreeMap::new();
    for (key, history) in histories {
        cached.entry(key).or_default().history = Some(history);
    }
    for (key, tracked) in tombstones {
        cached.entry(key).or_default().tombstones = Some(tracked.current);
    }
    for (key, tracked) in conversations {
        let last_message = tracked.current.as_ref().and_then(last_message_key);
        cached.entry(key).or_default().last_message = Cached::Value(last_message);
    }
    cached
}

/// The position of the conversation's last message.
pub(super) fn last_message_key(conversation: &Conversation) -> Option<MessageKey> {
    conversation.last_message.as_ref().map(StoredMessage::key)
}

fn lost(tx: &Transaction, key: &str) -> NotLoaded {
    tx.fail(format!("the local copy lost hold of {key}; open the client anew"))
}

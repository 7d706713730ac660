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
use super::clock::{CopyClock, page_time, wall_time};
use super::db::{Key, NotLoaded, Query, Result, Table, Transaction};
use super::records::{
    ALL_CONVERSATIONS, ConversationShard, Directory, KnownRooms, SHARD_COUNT, Tombstones, WriteVersion,
    shard_number,
};
use super::tables::shard_key;
use super::timeline::{BlockResult, JournalEntries, MissingBlocks, Timeline};
use crate::model::{Conversation, ConversationId, JsonText, MessageKey, MessagesChangedEvent, StoredMessage};
use crate::sorted_set::SortedSet;
use litemap::LiteMap;
use roamkit_wire::conversation::ChatType;
use std::cell::RefCell;

/// The keys of groups and chat rooms begin with this.
const GROUPS: &str = "groupChat:";

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

/// The records of one conversation that were read. The tombstones of all conversations have an entry of their own.
#[derive(Default)]
struct ConversationRecords {
    history: Option<History>,
    tombstones: Option<Tracked<Tombstones>>,
    /// The conversation in the list, if it is there. Its shard is in [`UnitOfWork::shards`].
    listed: Option<Tracked<Option<Conversation>>>,
}

impl ConversationRecords {
    /// The records for the cache; `None` if none was read.
    fn into_cached(self) -> Option<CachedConversation> {
        let Self { history, tombstones, listed } = self;
        let last_message = match &listed {
            Some(listed) => Cached::Value(listed.current.as_ref().and_then(last_message_key)),
            None => Cached::Unknown,
        };
        (history.is_some() || tombstones.is_some() || listed.is_some()).then(|| CachedConversation {
            history,
            tombstones: tombstones.map(|tracked| tracked.current),
            last_message,
            is_stale: None,
        })
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
    /// The time of the copy, in milliseconds. A transaction that writes has a later one than all before.
    pub(super) now: u64,
    /// The time by this page's clock, in milliseconds.
    pub(super) page_time: u64,
    /// The time by the wall clock, in milliseconds.
    pub(super) wall_time: u64,
    /// The server's time at which it had completed the call whose result is applied.
    pub(super) completed_at: Option<u64>,
    /// True if somebody wants to know which messages change.
    pub(super) has_journals: bool,
    /// The records of conversations, by the conversation's key. They are boxed, because the keys may come in any order
    /// and each insertion moves the entries after it.
    conversations: LiteMap<String, Box<ConversationRecords>>,
    /// The shards of the conversation list as they were read.
    shards: LiteMap<u32, ConversationShard>,
    /// The known chat rooms, if they were read.
    rooms: Option<Tracked<KnownRooms>>,
}

/// The outcome of a transaction, for the cache.
pub(super) struct Finished {
    /// The time of the write, if something was written.
    pub(super) wrote_at: Option<u64>,
    /// True if the conversation list changed.
    pub(super) list_changed: bool,
    staleness_changed: bool,
    found: Option<WriteVersion>,
    current: Option<WriteVersion>,
    conversations: Vec<(String, CachedConversation)>,
    shards: Vec<(u32, ConversationShard)>,
    rooms: Option<KnownRooms>,
}

impl Finished {
    /// Updates the cache. To be called after the commit.
    pub(super) fn update_cache(self, cache: &mut RecordCache) {
        if self.staleness_changed {
            cache.forget_staleness();
        }
        cache.update(self.found, self.current, self.conversations, self.shards, self.rooms);
    }
}

impl<'a> UnitOfWork<'a> {
    /// Starts work in a transaction. `version` must be unique to the transaction.
    pub(super) fn new(
        tx: &'a Transaction,
        clock: CopyClock,
        cache: &'a RefCell<RecordCache>,
        version: WriteVersion,
    ) -> Self {
        Self {
            tx,
            cache,
            found_version: Cached::Unknown,
            version,
            now: clock.now(page_time()),
            page_time: page_time(),
            wall_time: wall_time(),
            completed_at: None,
            has_journals: false,
            conversations: LiteMap::default(),
            shards: LiteMap::default(),
            rooms: None,
        }
    }

    /// The number of this store handle, which tells its calls from those of other tabs.
    pub(super) fn handle(&self) -> u64 {
        self.version.tab
    }

    /// Sets the time of a transaction that writes: it is later than that of the latest write, which is read from the copy.
    pub(super) fn begin_write(&mut self, mut clock: CopyClock) -> Result<()> {
        self.read_version()?;
        let page_time = page_time();
        if let Some(found) = self.found() {
            clock.observe(page_time, found.time);
        }
        self.now = clock.next_write(page_time);
        Ok(())
    }

    /// The stored version, if it was read and there is one.
    pub(super) fn found(&self) -> Option<WriteVersion> {
        match self.found_version {
            Cached::Value(found) => found,
            Cached::Unknown => None,
        }
    }

    /// See [`RecordCache::see_notes`].
    pub(super) fn see_notes<'n>(&self, notes: impl Iterator<Item = (&'n str, u64)>) {
        self.cache.borrow_mut().see_notes(notes, self.page_time);
    }

    /// See [`RecordCache::note_seen_at`].
    pub(super) fn note_seen_at(&self, name: &str) -> Option<u64> {
        self.cache.borrow().note_seen_at(name)
    }

    /// See [`RecordCache::copy_note_seen_at`].
    pub(super) fn copy_note_seen_at(&self, from: &str, to: &str) {
        self.cache.borrow_mut().copy_note_seen_at(from, to);
    }

    /// Writes all changes.
    pub(super) fn finish(mut self) -> Result<Finished> {
        let mut changed_shards = [false; SHARD_COUNT as usize];
        for (key, records) in &mut self.conversations {
            if let Some(history) = &mut records.history {
                save_history(self.tx, key, history);
            }
            if let Some(tombstones) = records.tombstones.as_ref().filter(|tracked| tracked.is_changed()) {
                if tombstones.current == Tombstones::default() {
                    self.tx.delete(Table::Tombstones, &key.as_str().into());
                } else {
                    self.tx.put(&key.as_str().into(), &tombstones.current);
                }
            }
            if let Some(listed) = records.listed.as_ref().filter(|tracked| tracked.is_changed()) {
                let number = shard_number(key);
                let shard = self.shards.get_mut(&number).ok_or_else(|| lost(self.tx, key))?;
                shard.set(key, listed.current.as_ref());
                changed_shards[number as usize] = true;
            }
        }
        for (number, shard) in self.shards.iter().filter(|(number, _)| changed_shards[**number as usize]) {
            self.tx.put(&shard_key(*number), shard);
        }
        if let Some(rooms) = self.rooms.as_ref().filter(|tracked| tracked.is_changed()) {
            self.tx.put(&Key::from(""), &rooms.current);
        }
        let found = self.found();
        let wrote = self.tx.wrote();
        if wrote {
            self.version.time = self.now;
            self.tx.put(&Key::from(""), &self.version);
        }
        let cached = self.conversations.into_iter();
        let cached = cached.filter_map(|(key, records)| Some((key, records.into_cached()?)));
        Ok(Finished {
            wrote_at: wrote.then_some(self.now),
            list_changed: changed_shards.contains(&true),
            staleness_changed: self.tx.wrote_to(Table::Reconciliations),
            found,
            current: if wrote { Some(self.version) } else { found },
            conversations: cached.collect(),
            shards: self.shards.into_tuple_vec(),
            rooms: self.rooms.map(|tracked| tracked.current),
        })
    }

    /// The records of a conversation that were read.
    fn records(&self, key: &str) -> Option<&ConversationRecords> {
        self.conversations.get(key).map(|records| &**records)
    }

    /// The records of a conversation that were read, to add more.
    fn records_mut(&mut self, key: &str) -> &mut ConversationRecords {
        self.conversations.entry(key.to_owned()).or_default()
    }

    fn has_history(&self, key: &str) -> bool {
        self.records(key).is_some_and(|records| records.history.is_some())
    }

    fn has_tombstones(&self, key: &str) -> bool {
        self.records(key).is_some_and(|records| records.tombstones.is_some())
    }

    /// Reads the stored version, unless that was done.
    pub(super) fn read_version(&mut self) -> Result<()> {
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
        if !cache.is_current(self.found_version) {
            return;
        }
        if let Some(shard) = cache.lookup_shard(number).filter(|_| !self.shards.contains_key(&number)) {
            self.shards.insert(number, shard.clone());
        }
        let Some(cached) = cache.lookup(key) else { return };
        let records = self.records_mut(key);
        if records.history.is_none() {
            records.history.clone_from(&cached.history);
        }
        if records.tombstones.is_none() {
            records.tombstones = cached.tombstones.clone().map(Tracked::new);
        }
    }

    /// Loads at once the records that most changes of these conversations need, unless they are loaded or cached.
    pub(super) fn prefetch<'k>(&mut self, keys: impl IntoIterator<Item = &'k str>) -> Result<()> {
        let version = self.read_version();
        let mut queries = Vec::new();
        let mut needs_rooms = false;
        for key in keys.into_iter().chain([ALL_CONVERSATIONS]) {
            let number = shard_number(key);
            needs_rooms |= key.starts_with(GROUPS);
            if version.is_ok() {
                self.take_cached(key, number);
            } else if self.cache.borrow().contains(key, number) {
                continue;
            }
            if !self.has_tombstones(key) {
                queries.push(Query::named(Table::Tombstones, key));
            }
            if key == ALL_CONVERSATIONS {
                continue;
            }
            if !self.has_history(key) {
                queries.push(Query::named(Table::Directories, key));
            }
            if !self.shards.contains_key(&number) {
                queries.push(Query::Record(Table::Conversations, shard_key(number)));
            }
        }
        if version.is_ok() {
            self.take_cached_rooms();
        }
        let may_be_cached = version.is_err() && self.cache.borrow().rooms().is_some();
        if needs_rooms && self.rooms.is_none() && !may_be_cached {
            queries.push(Query::named(Table::Rooms, ""));
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
        if !self.has_history(key) {
            self.load_cached(key)?;
        }
        let (tx, has_journals) = (self.tx, self.has_journals);
        let history = &mut self.records_mut(key).history;
        if history.is_none() {
            *history = Some(load_history(tx, key)?);
        }
        let history = history.as_mut().ok_or_else(|| lost(tx, key))?;
        if has_journals {
            history.start_journal();
        }
        Ok(history)
    }

    /// Takes the journals: the changed messages of each conversation, if this unit of work has journals.
    pub(super) fn take_changes(&mut self) -> Result<Vec<MessagesChangedEvent>> {
        let histories = self.conversations.iter_mut();
        let journals: Vec<_> = histories
            .filter_map(|(key, records)| {
                let entries = records.history.as_mut()?.take_journal()?.into_entries()?;
                Some((ConversationId::from_storage_key(key)?, entries))
            })
            .collect();
        let mut changes = Vec::with_capacity(journals.len());
        for (mut id, entries) in journals {
            // The key does not tell a chat room from a group.
            if id.chat_type == ChatType::Group && self.rooms()?.contains(&id.peer) {
                id.chat_type = ChatType::Room;
            }
            changes.push(messages_changed(&id, entries));
        }
        Ok(changes)
    }

    /// The tombstones of one conversation, or of [`ALL_CONVERSATIONS`], to change.
    pub(super) fn tombstones(&mut self, key: &str) -> Result<&mut Tombstones> {
        if !self.has_tombstones(key) {
            self.load_cached(key)?;
        }
        let tx = self.tx;
        let tombstones = &mut self.records_mut(key).tombstones;
        if tombstones.is_none() {
            *tombstones = Some(Tracked::new(tx.get(&key.into())?.unwrap_or_default()));
        }
        tombstones.as_mut().map(|tracked| &mut tracked.current).ok_or_else(|| lost(tx, key))
    }

    /// All tombstones that are stored, to change.
    pub(super) fn all_tombstones(&mut self) -> Result<impl Iterator<Item = &mut Tombstones>> {
        for (key, found) in self.tx.all::<Tombstones>()? {
            self.records_mut(&key).tombstones.get_or_insert_with(|| Tracked::new(found));
        }
        let all = self.conversations.iter_mut().filter_map(|(_, records)| records.tombstones.as_mut());
        Ok(all.map(|tracked| &mut tracked.current))
    }

    /// A conversation of the list, to change, add or remove.
    pub(super) fn conversation(&mut self, key: &str) -> Result<&mut Option<Conversation>> {
        if self.records(key).is_none_or(|records| records.listed.is_none()) {
            let number = shard_number(key);
            if !self.shards.contains_key(&number) {
                self.load_cached(key)?;
            }
            self.read_shards(number..=number)?;
            let conversation = self.shards.get(&number).and_then(|shard| shard.read(key));
            self.records_mut(key).listed = Some(Tracked::new(conversation));
        }
        let tx = self.tx;
        let listed = self.records_mut(key).listed.as_mut();
        listed.map(|tracked| &mut tracked.current).ok_or_else(|| lost(tx, key))
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
        for (number, shard) in numbers.into_iter().zip(found) {
            self.shards.insert(number, shard.unwrap_or_default());
        }
        Ok(())
    }

    /// The known chat rooms, to change.
    pub(super) fn rooms(&mut self) -> Result<&mut KnownRooms> {
        if self.rooms.is_none() && self.cache.borrow().rooms().is_some() {
            self.read_version()?;
            self.take_cached_rooms();
        }
        if self.rooms.is_none() {
            self.rooms = Some(Tracked::new(self.tx.get(&Key::from(""))?.unwrap_or_default()));
        }
        let tx = self.tx;
        self.rooms.as_mut().map(|tracked| &mut tracked.current).ok_or_else(|| lost(tx, "the chat rooms"))
    }

    fn take_cached_rooms(&mut self) {
        let cache = self.cache.borrow();
        if self.rooms.is_none() && cache.is_current(self.found_version) {
            self.rooms = cache.rooms().cloned().map(Tracked::new);
        }
    }

    /// The keys of all conversations on the list.
    pub(super) fn listed_keys(&mut self) -> Result<SortedSet<String>> {
        self.read_shards(0..SHARD_COUNT)?;
        let mut keys: SortedSet<_> = self.shards.values().flat_map(ConversationShard::keys).collect();
        for (key, records) in &self.conversations {
            let Some(listed) = &records.listed else { continue };
            if listed.current.is_some() {
                keys.insert(key.clone());
            } else {
                keys.remove(key);
            }
        }
        Ok(keys)
    }

    /// The keys of all conversations on the list, and of all with a history.
    pub(super) fn known_keys(&mut self) -> Result<SortedSet<String>> {
        // Both are queried before either is required, so that they are loaded together.
        let (listed, stored) = (self.listed_keys(), self.tx.keys(Table::Directories));
        let new = self.conversations.iter().filter(|(_, records)| records.history.is_some());
        let new = new.map(|(key, _)| key.clone());
        Ok(listed?.into_iter().chain(stored?).chain(new).collect())
    }
}

fn messages_changed(id: &ConversationId, entries: JournalEntries<JsonText>) -> MessagesChangedEvent {
    let stored = |messages: Vec<(MessageKey, JsonText)>| {
        messages.into_iter().map(|(key, json)| StoredMessage { key, json }).collect()
    };
    MessagesChangedEvent {
        added: stored(entries.added),
        updated: stored(entries.updated),
        removed_ids: entries.removed.iter().map(ToString::to_string).collect(),
        removed_until: entries.removed_until,
        ..MessagesChangedEvent::new(id)
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
    drop(history.take_journal());
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

/// The position of the conversation's last message.
pub(super) fn last_message_key(conversation: &Conversation) -> Option<MessageKey> {
    conversation.last_message.as_ref().map(StoredMessage::key)
}

fn lost(tx: &Transaction, key: &str) -> NotLoaded {
    tx.fail(format!("the local copy lost hold of {key}; open the client anew"))
}

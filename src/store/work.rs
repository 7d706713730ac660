//! One transaction's work: what it reads is read once, what it changes is written at its end, all or nothing. It
//! never waits: see `db/transaction.rs`.

use super::conversations::{self, SHARDS, Shard};
use super::db::{NotLoaded, Query, Result, Table, Transaction};
use super::history::{self, History};
use super::remembered::{Entry, Known, Remembered, Stamp};
use super::removals::{EVERYWHERE, PATIENCE_MS, Removals};
use super::timeline::{Covered, Needs};
use crate::model::{Conversation, ConversationId, HistoryPage, JsonText, MessageKey, StoredMessage};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// A record as it was found and as it is to be.
pub(super) struct Kept<T> {
    was: T,
    is: T,
}

impl<T: Clone> Kept<T> {
    pub(super) fn boxed(found: T) -> Box<Self> {
        Box::new(Self { was: found.clone(), is: found })
    }
}

pub(super) struct Work<'a> {
    pub(super) tx: &'a Transaction,
    remembered: &'a RefCell<Remembered>,
    /// What the tables bear, once that was asked for.
    found: Known<Stamp>,
    /// What they are to bear if this writes anything.
    stamp: Stamp,
    /// The local time, ms.
    pub(super) now: u64,
    /// The server's time by which it had done what is applied.
    pub(super) done_by: Option<u64>,
    pub(super) histories: BTreeMap<String, Box<History>>,
    pub(super) removals: BTreeMap<String, Box<Kept<Removals>>>,
    /// The parts of the list that were read, as they were found.
    pub(super) shards: BTreeMap<u32, Shard>,
    /// Those of the list that were looked at; their shards are there.
    conversations: BTreeMap<String, Box<Kept<Option<Conversation>>>>,
}

/// What a transaction leaves to be remembered.
pub(super) struct Finished {
    pub(super) list_changed: bool,
    doubts: bool,
    found: Option<Stamp>,
    bears: Option<Stamp>,
    entries: BTreeMap<String, Box<Entry>>,
    shards: BTreeMap<u32, Shard>,
}

impl Finished {
    /// It was committed.
    pub(super) fn note(self, remembered: &mut Remembered) {
        if self.doubts {
            remembered.forget_doubts();
        }
        remembered.note(self.found, self.bears, self.entries, self.shards);
    }
}

impl<'a> Work<'a> {
    /// In a transaction that writes to every table.
    pub(super) fn new(
        tx: &'a Transaction,
        now: u64,
        remembered: &'a RefCell<Remembered>,
        stamp: Stamp,
    ) -> Self {
        Self {
            tx,
            remembered,
            found: Known::Not,
            stamp,
            now,
            done_by: None,
            histories: BTreeMap::new(),
            removals: BTreeMap::new(),
            shards: BTreeMap::new(),
            conversations: BTreeMap::new(),
        }
    }

    /// Writes everything. What comes back is to be noted once that holds.
    pub(super) fn finish(mut self) -> Result<Finished> {
        for (key, history) in &mut self.histories {
            history::save(self.tx, key, history);
        }
        for (key, removals) in &self.removals {
            if removals.was != removals.is {
                removals.is.save(self.tx, key);
            }
        }
        let mut changed = BTreeSet::new();
        for (key, kept) in &self.conversations {
            if kept.was == kept.is {
                continue;
            }
            let number = conversations::shard(key);
            self.shards.get_mut(&number).ok_or_else(|| lost(self.tx, key))?.set(key, kept.is.as_ref());
            changed.insert(number);
        }
        for (number, shard) in &self.shards {
            if changed.contains(number) {
                self.tx.put(&conversations::name(*number), shard);
            }
        }
        let found = match self.found {
            Known::As(found) => found,
            Known::Not => None,
        };
        let wrote = self.tx.wrote();
        if wrote {
            self.stamp.save(self.tx);
        }
        Ok(Finished {
            list_changed: !changed.is_empty(),
            doubts: self.tx.wrote_to(Table::Doubts),
            found,
            bears: if wrote { Some(self.stamp) } else { found },
            entries: entries(self.histories, self.removals, self.conversations),
            shards: self.shards,
        })
    }

    /// Reads the stamp, unless that was done.
    fn look(&mut self) -> Result<()> {
        if self.found == Known::Not {
            self.found = Known::As(Stamp::load(self.tx)?);
        }
        Ok(())
    }

    /// Takes over what is remembered under a key, and its part of the list, if that still holds.
    fn recall(&mut self, key: &str) -> Result<()> {
        let number = conversations::shard(key);
        if self.remembered.borrow().has(key, number) {
            self.look()?;
            self.take_over(key, number);
        }
        Ok(())
    }

    fn take_over(&mut self, key: &str, number: u32) {
        let remembered = self.remembered.borrow();
        if remembered.stamp().is_none() || self.found != Known::As(remembered.stamp()) {
            return;
        }
        if let Some(shard) = remembered.shard(number).filter(|_| !self.shards.contains_key(&number)) {
            self.shards.insert(number, shard.clone());
        }
        let Some(entry) = remembered.get(key) else { return };
        if let Some(history) = entry.history.as_ref().filter(|_| !self.histories.contains_key(key)) {
            self.histories.insert(key.to_owned(), Box::new(history.clone()));
        }
        if let Some(removals) = entry.removals.as_ref().filter(|_| !self.removals.contains_key(key)) {
            self.removals.insert(key.to_owned(), Kept::boxed(removals.clone()));
        }
    }

    /// Asks at once for what nearly everything that changes these conversations needs, unless it is there or
    /// remembered.
    pub(super) fn prepare(&mut self, keys: &[&str]) -> Result<()> {
        let looked = self.look();
        let mut asks = Vec::new();
        let mut keys = keys.to_vec();
        keys.push(EVERYWHERE);
        for key in keys {
            let number = conversations::shard(key);
            if looked.is_ok() {
                self.take_over(key, number);
            } else if self.remembered.borrow().has(key, number) {
                continue;
            }
            if !self.removals.contains_key(key) {
                asks.push(Query::named(Table::Removals, key));
            }
            if key == EVERYWHERE {
                continue;
            }
            if !self.histories.contains_key(key) {
                asks.push(Query::named(Table::Directories, key));
            }
            if !self.shards.contains_key(&number) {
                asks.push(Query::Record(Table::Conversations, conversations::name(number)));
            }
        }
        self.tx.prefetch(asks)?;
        looked
    }

    /// Does something with a history.
    pub(super) fn history<R>(
        &mut self,
        key: &str,
        mut work: impl FnMut(&mut History) -> Needs<R>,
    ) -> Result<R> {
        loop {
            match work(self.outline(key)?) {
                Ok(done) => return Ok(done),
                Err(missing) => history::load_blocks(self.tx, key, self.outline(key)?, missing)?,
            }
        }
    }

    /// A history, for what its directory alone tells.
    pub(super) fn outline(&mut self, key: &str) -> Result<&mut History> {
        if !self.histories.contains_key(key) {
            self.recall(key)?;
        }
        if !self.histories.contains_key(key) {
            let history = history::load(self.tx, key)?;
            self.histories.insert(key.to_owned(), Box::new(history));
        }
        self.histories.get_mut(key).map(|history| &mut **history).ok_or_else(|| lost(self.tx, key))
    }

    /// What was removed from one conversation, to add to.
    pub(super) fn removals(&mut self, key: &str) -> Result<&mut Removals> {
        if !self.removals.contains_key(key) {
            self.recall(key)?;
        }
        if !self.removals.contains_key(key) {
            let removals = Removals::load(self.tx, key)?;
            self.removals.insert(key.to_owned(), Kept::boxed(removals));
        }
        self.removals.get_mut(key).map(|kept| &mut kept.is).ok_or_else(|| lost(self.tx, key))
    }

    /// The same, where this transaction has just read it.
    pub(super) fn known_removals(&mut self, key: &str, found: Removals) -> &mut Removals {
        &mut self.removals.entry(key.to_owned()).or_insert_with(|| Kept::boxed(found)).is
    }

    /// What must not come back into a conversation.
    pub(super) fn removed(&mut self, key: &str) -> Result<Removals> {
        let own = self.removals(key)?.clone();
        Ok(own.with(self.removals(EVERYWHERE)?))
    }

    /// One of the list, to change.
    pub(super) fn conversation(&mut self, key: &str) -> Result<&mut Option<Conversation>> {
        if !self.conversations.contains_key(key) {
            let number = conversations::shard(key);
            if !self.shards.contains_key(&number) {
                self.recall(key)?;
            }
            self.read_shards(number..number + 1)?;
            let conversation = self.shards.get(&number).and_then(|shard| shard.read(key));
            self.conversations.insert(key.to_owned(), Kept::boxed(conversation));
        }
        self.conversations.get_mut(key).map(|kept| &mut kept.is).ok_or_else(|| lost(self.tx, key))
    }

    /// Where the message stands that the list shows for a conversation.
    pub(super) fn last(&mut self, key: &str) -> Result<Option<MessageKey>> {
        Ok(self.conversation(key)?.as_ref().and_then(last_key))
    }

    /// Reads these parts of the list, unless that was done.
    fn read_shards(&mut self, all: Range<u32>) -> Result<()> {
        let (mut numbers, mut names) = (Vec::new(), Vec::new());
        for number in all {
            if !self.shards.contains_key(&number) {
                numbers.push(number);
                names.push(conversations::name(number));
            }
        }
        let found = self.tx.get_each::<Shard>(&names)?;
        for (number, shard) in numbers.into_iter().zip(found) {
            self.shards.insert(number, shard.unwrap_or_default());
        }
        Ok(())
    }

    /// Every conversation on the list.
    pub(super) fn listed(&mut self) -> Result<BTreeSet<String>> {
        self.read_shards(0..SHARDS)?;
        let mut keys = BTreeSet::new();
        for shard in self.shards.values() {
            for listed in &shard.listed {
                if let Some(key) = listed.key.read() {
                    keys.insert(key);
                }
            }
        }
        for (key, kept) in &self.conversations {
            if kept.is.is_some() {
                keys.insert(key.clone());
            } else {
                keys.remove(key);
            }
        }
        Ok(keys)
    }

    /// Every conversation of which anything is known.
    pub(super) fn known(&mut self) -> Result<BTreeSet<String>> {
        let (listed, named) = (self.listed(), self.tx.keys(Table::Directories));
        let mut keys = listed?;
        for key in named? {
            keys.insert(key);
        }
        for key in self.histories.keys() {
            keys.insert(key.clone());
        }
        Ok(keys)
    }

    /// Takes over a page of the server's history, whose messages these are; gives those that may be shown. A page that
    /// was overtaken by what changed since it was asked for does not count.
    pub(super) fn save_page(
        &mut self,
        id: &ConversationId,
        page: &HistoryPage,
    ) -> Result<Option<Vec<(MessageKey, JsonText)>>> {
        // The marks of removals are kept no longer than that.
        if page.asked_at.saturating_add(PATIENCE_MS) <= self.now {
            return Ok(None);
        }
        let key = id.storage_key();
        self.prepare(&[&key])?;
        let removed = self.removed(&key)?.unknown_at(page.asked_at);
        if removed.gone_since(page.asked_at) {
            return Ok(None);
        }
        let shown = those(&page.messages, &|key| !removed.hides(key));
        // A message without an id has no place.
        let placed = |messages| those(messages, &|key| key.id != 0);
        let covered = Covered {
            messages: &placed(&page.messages),
            anchor: page.anchor,
            direction: page.direction,
            is_last: page.is_last,
        };
        if self.history(&key, |history| history.overtakes(&covered, page.asked_at))? {
            return Ok(None);
        }
        if page.covers {
            self.history(&key, |history| {
                history.merge(&covered, |key| removed.hides_id(key.id))?;
                removed.until().map_or(Ok(false), |until| history.remove_until(until))
            })?;
        } else {
            let shown = placed(&shown);
            self.history(&key, |history| history.save(&shown))?;
        }
        // The list may not know of these messages yet; one that is no longer there is not its last either.
        let newest = self.outline(&key)?.newest_key();
        let last = self.conversation(&key)?.as_ref().map(last_key);
        if last.is_some_and(|last| last < newest) {
            self.show_newest(&key)?;
        }
        Ok(Some(shown))
    }

    /// The conversation shows its newest local message, or none. Without any there is nothing unread.
    pub(super) fn show_newest(&mut self, key: &str) -> Result<()> {
        let newest = self.newest(key)?;
        if let Some(conversation) = self.conversation(key)? {
            if newest.is_none() {
                conversation.unread_count = 0;
            }
            conversation.last_message = newest;
        }
        Ok(())
    }

    /// The newest message of the local history. Where the end is not known, one that was sent under a time before the
    /// conversation was deleted is not known to be that: what was newer then may still be on the server.
    pub(super) fn newest(&mut self, key: &str) -> Result<Option<StoredMessage>> {
        let history = self.outline(key)?;
        let (newest, ended) = (history.newest_key(), history.knows_end());
        if !ended && self.removed(key)?.outlives(newest) {
            return Ok(None);
        }
        let newest = self.history(key, |history| history.newest().map(Option::<&JsonText>::cloned))?;
        Ok(newest.and_then(|text| text.read()))
    }

    /// If the message that the list shows was removed, the one before it takes its place. Where that is not known here,
    /// the server's list has it, and how many are unread.
    pub(super) fn refresh(&mut self, key: &str) -> Result<()> {
        let removed = self.removed(key)?;
        let last = self.last(key)?;
        if last.is_some_and(|last| removed.hides(last)) {
            self.show_newest(key)?;
            if self.last(key)?.is_none() && !self.outline(key)?.knows_end() {
                self.doubt_list();
            }
        }
        Ok(())
    }

    /// Takes over the server's list, or a page of it.
    pub(super) fn save_conversations(
        &mut self,
        list: &[Conversation],
        whole: bool,
        asked_at: u64,
    ) -> Result<()> {
        // The marks of removals are kept no longer than that.
        if asked_at.saturating_add(PATIENCE_MS) <= self.now {
            return Ok(());
        }
        let keys: Vec<_> = list.iter().map(|theirs| theirs.id().storage_key()).collect();
        self.prepare(&keys.iter().map(String::as_str).collect::<Vec<_>>())?;
        let mut gone = if whole { self.listed()? } else { BTreeSet::new() };
        for theirs in list {
            let mut theirs = theirs.clone();
            let key = theirs.id().storage_key();
            let removed = self.removed(&key)?.unknown_at(asked_at);
            gone.remove(&key);
            // A list that was on its way when the conversation was deleted does not bring it back; nor does it take it away
            // where something newer did.
            if removed.gone_since(asked_at) {
                continue;
            }
            // A list that is older than a comparison may show what that found to be gone.
            let outdated = self.outline(&key)?.is_outdated(asked_at);
            let hidden = outdated || last_key(&theirs).is_some_and(|last| removed.hides(last));
            if hidden {
                theirs.last_message = None;
            }
            let ours = self.conversation(&key)?.clone();
            if let Some(ours) = ours.filter(|ours| last_key(ours) > last_key(&theirs)) {
                if !hidden && theirs.last_message.is_some() {
                    theirs.unread_count = ours.unread_count;
                }
                theirs.last_message = ours.last_message;
            } else if hidden {
                theirs.last_message = self.newest(&key)?;
            }
            *self.conversation(&key)? = Some(theirs);
        }
        for key in gone {
            // It may owe its place to a message that the list does not know yet.
            if !self.outline(&key)?.came_since(asked_at) {
                *self.conversation(&key)? = None;
            }
        }
        Ok(())
    }
}

/// The same, by conversation.
fn entries(
    histories: BTreeMap<String, Box<History>>,
    removals: BTreeMap<String, Box<Kept<Removals>>>,
    conversations: BTreeMap<String, Box<Kept<Option<Conversation>>>>,
) -> BTreeMap<String, Box<Entry>> {
    let mut entries: BTreeMap<String, Box<Entry>> = BTreeMap::new();
    for (key, history) in histories {
        entries.entry(key).or_default().history = Some(*history);
    }
    for (key, removals) in removals {
        entries.entry(key).or_default().removals = Some(removals.is);
    }
    for (key, conversation) in conversations {
        let entry = entries.entry(key).or_default();
        entry.last = Known::As(conversation.is.as_ref().and_then(last_key));
    }
    entries
}

/// Those messages of which that holds.
pub(super) fn those(
    messages: &[(MessageKey, JsonText)],
    holds: &dyn Fn(MessageKey) -> bool,
) -> Vec<(MessageKey, JsonText)> {
    let mut those = Vec::new();
    for message in messages {
        if holds(message.0) {
            those.push(message.clone());
        }
    }
    those
}

/// Where the message stands that the list shows for it.
pub(super) fn last_key(conversation: &Conversation) -> Option<MessageKey> {
    conversation.last_message.as_ref().map(StoredMessage::key)
}

fn lost(tx: &Transaction, key: &str) -> NotLoaded {
    tx.fail(format!("the local copy lost hold of {key}; open the client anew"))
}

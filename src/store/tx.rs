//! Transactions: what is read and written through one holds as a whole or not at all, on disk or in memory.
//!
//! Work on a transaction never waits. It runs through at once on what was read; what else it asks for is noted, and it
//! ends with [`Stop`]. Whoever runs it has all that was noted read together ([`Tx::fetch`]) and runs it again
//! from its start, until nothing is missing: then what it wrote is what is written. Work that waited where it reads
//! would be a state machine at each of those places (18 KB of the package after gzip), and would ask for its records in
//! turn. What was read and what is to be written is kept where it comes from and goes to: in a browser in JS.

#[cfg(target_arch = "wasm32")]
pub(super) use super::disk::{self, Answer, On};
use super::fault::{self, Fault};
#[cfg(not(target_arch = "wasm32"))]
pub(super) use super::memory::{Answer, On};
use crate::model::MessageKey;
/// What a transaction is for. Others that want the same tables wait for one that writes.
pub(super) use indexed_db_futures::transaction::TransactionMode as Mode;
use std::cell::{Cell, RefCell};
#[cfg(not(target_arch = "wasm32"))]
use std::{any::Any, rc::Rc};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen::JsValue;

/// The object stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Table {
    /// The conversation list: see `conversations.rs`.
    Conversations,
    /// What each conversation's blocks hold: see `history.rs`.
    Directories,
    /// The blocks: see `history.rs`.
    Blocks,
    /// What was removed: see `removals.rs`.
    Removals,
    /// How far each queue is acknowledged: see `positions.rs`.
    Queues,
    /// What is to be compared with the server: see `doubts.rs`.
    Doubts,
    /// What other tabs are to tell, too: see `news.rs`.
    News,
    /// Who wrote last: see `remembered.rs`.
    Stamps,
}

impl Table {
    pub(super) const ALL: [Self; 8] = [
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
    pub(super) const fn name(self) -> &'static str {
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

/// The names of the tables that are new with each version of the database, the versions parted by a slash. A change is a
/// new version behind the others.
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "only a disk has versions"))]
pub(super) const TABLES: &str = "conversations directories blocks removals queues/doubts news stamps";

/// Where a record stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    /// By a name: a conversation's, a shard's, a queue's.
    Name(String),
    /// A block, by its conversation and its oldest message.
    Block(String, MessageKey),
}

#[cfg(not(target_arch = "wasm32"))]
impl Key {
    pub(super) fn name(&self) -> Option<String> {
        match self {
            Self::Name(name) => Some(name.clone()),
            Self::Block(..) => None,
        }
    }
}

impl From<&str> for Key {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

/// What a record holds.
#[cfg(target_arch = "wasm32")]
pub(super) trait Kept: Clone + 'static + disk::Form {
    /// Where it is kept.
    const TABLE: Table;
}

/// What a record holds.
#[cfg(not(target_arch = "wasm32"))]
pub(super) trait Kept: Clone + 'static {
    /// Where it is kept.
    const TABLE: Table;
}

/// Work on a transaction cannot go on: something is to be read first, or it failed. Which of them, the transaction knows:
/// a result that may be this takes no more room than what it brings.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stop;

pub(super) type Result<T, E = Stop> = std::result::Result<T, E>;

/// What is to be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ask {
    /// One record.
    Record(Table, Key),
    /// The key of every record.
    Names(Table),
    /// Every record, in the order of their keys.
    Values(Table),
}

impl Ask {
    pub(super) fn named(table: Table, name: &str) -> Self {
        Self::Record(table, name.into())
    }
}

/// A record as it is kept, of whatever kind it is: what finds it is compiled once for all of them. In a browser it has the
/// form that it has in the database, also where there is none.
#[cfg(target_arch = "wasm32")]
#[derive(Clone, Debug)]
pub(super) struct Found(pub(super) JsValue);

#[cfg(target_arch = "wasm32")]
impl Found {
    fn of<T: Kept>(value: &T) -> Self {
        Self(disk::write(value))
    }

    fn read<T: Kept>(&self) -> Option<T> {
        disk::read(&self.0)
    }
}

/// A record as it is kept, of whatever kind it is.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Clone, Debug)]
pub(super) struct Found(Rc<dyn Any>);

#[cfg(not(target_arch = "wasm32"))]
impl Found {
    fn of<T: Kept>(value: &T) -> Self {
        Self(Rc::new(value.clone()))
    }

    fn read<T: Kept>(&self) -> Option<T> {
        self.0.downcast_ref().cloned()
    }
}

/// A transaction. Dropped without [`Tx::commit`] it leaves everything as it was.
pub(super) struct Tx {
    /// Keeps what was read, as it stood when the transaction began (what it writes is not read), and what to read and write.
    on: On,
    /// Whether work on it missed something,
    missed: Cell<bool>,
    /// or failed, and why.
    failed: RefCell<Option<String>>,
    /// The tables that it writes to, a bit each.
    wrote: Cell<u32>,
}

impl From<On> for Tx {
    fn from(on: On) -> Self {
        Self { on, missed: Cell::default(), failed: RefCell::default(), wrote: Cell::default() }
    }
}

impl Tx {
    /// Reads what work on it was missing, unless it failed. What that wrote is forgotten: it is to be run again.
    pub(super) async fn fetch(&self) -> fault::Result<()> {
        if let Some(why) = self.failed.take() {
            return Err(Fault::other(why));
        }
        if !self.missed.take() {
            return Err(Fault::other("the local copy missed nothing; open the client anew"));
        }
        self.wrote.take();
        self.on.fetch().await
    }

    /// Work on it failed.
    pub(super) fn fail(&self, why: String) -> Stop {
        *self.failed.borrow_mut() = Some(why);
        Stop
    }

    /// All of these are needed: whatever was not read yet is read together.
    pub(super) fn need(&self, asks: Vec<Ask>) -> Result<()> {
        let mut all = Ok(());
        for ask in asks {
            all = all.and(self.answer(&ask).map(drop));
        }
        all
    }

    fn answer(&self, ask: &Ask) -> Result<Answer> {
        let answer = self.on.answer(ask);
        self.missed.set(self.missed.get() || answer.is_none());
        answer.ok_or(Stop)
    }

    /// A record. One that cannot be read counts as none.
    pub(super) fn get<T: Kept>(&self, key: &Key) -> Result<Option<T>> {
        Ok(self.found(T::TABLE, key)?.and_then(|found| found.read()))
    }

    fn found(&self, table: Table, key: &Key) -> Result<Option<Found>> {
        Ok(self.answer(&Ask::Record(table, key.clone()))?.record())
    }

    /// Several records.
    pub(super) fn get_each<T: Kept>(&self, keys: &[Key]) -> Result<Vec<Option<T>>> {
        let mut records = Vec::new();
        for found in self.found_each(T::TABLE, keys)? {
            records.push(found.and_then(|found| found.read()));
        }
        Ok(records)
    }

    /// Those of several records that are there.
    pub(super) fn get_those<T: Kept>(&self, keys: &[Key]) -> Result<Vec<T>> {
        let mut records = Vec::new();
        for found in self.found_each(T::TABLE, keys)? {
            if let Some(record) = found.and_then(|found| found.read()) {
                records.push(record);
            }
        }
        Ok(records)
    }

    fn found_each(&self, table: Table, keys: &[Key]) -> Result<Vec<Option<Found>>> {
        let (mut all, mut are_there) = (Vec::new(), true);
        for key in keys {
            match self.found(table, key) {
                Ok(found) => all.push(found),
                // The others are asked for, too.
                Err(Stop) => are_there = false,
            }
        }
        if are_there { Ok(all) } else { Err(Stop) }
    }

    /// Every record of a table, without its name.
    pub(super) fn values<T: Kept>(&self) -> Result<Vec<T>> {
        let mut records = Vec::new();
        for found in self.answer(&Ask::Values(T::TABLE))?.values() {
            if let Some(record) = found.read() {
                records.push(record);
            }
        }
        Ok(records)
    }

    /// Every record of a table whose keys are names.
    pub(super) fn all<T: Kept>(&self) -> Result<Vec<(String, T)>> {
        let mut all = Vec::new();
        for (name, found) in self.named(T::TABLE)? {
            if let Some(record) = found.read() {
                all.push((name, record));
            }
        }
        Ok(all)
    }

    fn named(&self, table: Table) -> Result<Vec<(String, Found)>> {
        self.need(vec![Ask::Names(table), Ask::Values(table)])?;
        let mut found_under = Vec::new();
        let mut names = self.answer(&Ask::Names(table))?.names().into_iter();
        for found in self.answer(&Ask::Values(table))?.values() {
            if let Some(Some(name)) = names.next() {
                found_under.push((name, found));
            }
        }
        Ok(found_under)
    }

    /// Every name in a table.
    pub(super) fn names(&self, table: Table) -> Result<Vec<String>> {
        Ok(self.answer(&Ask::Names(table))?.names().into_iter().flatten().collect())
    }

    fn writes_to(&self, table: Table) {
        self.wrote.set(self.wrote.get() | 1 << table as u32);
    }

    /// Writes a record.
    pub(super) fn put<T: Kept>(&self, key: &Key, value: &T) {
        self.writes_to(T::TABLE);
        self.on.put(T::TABLE, key, Found::of(value));
    }

    /// Deletes a record.
    pub(super) fn delete(&self, table: Table, key: &Key) {
        self.writes_to(table);
        self.on.delete(table, key);
    }

    /// Deletes a conversation's blocks up to the one that begins with that message.
    pub(super) fn delete_blocks(&self, conversation: &str, through: MessageKey) {
        self.writes_to(Table::Blocks);
        self.on.delete_blocks(conversation, through);
    }

    /// Deletes everything in a table.
    pub(super) fn clear(&self, table: Table) {
        self.writes_to(table);
        self.on.clear(table);
    }

    /// Whether anything was written.
    pub(super) fn wrote(&self) -> bool {
        self.wrote.get() != 0
    }

    /// Whether anything was written to that table.
    pub(super) fn wrote_to(&self, table: Table) -> bool {
        self.wrote.get() & 1 << table as u32 != 0
    }

    /// Makes it all true at once.
    pub(super) async fn commit(self) -> fault::Result<()> {
        self.on.commit().await
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use super::super::fault::Kind;
    use super::super::memory::Memory;
    use super::super::positions::Queue;
    use super::*;
    use futures_util::FutureExt;

    fn queue(position: u64) -> Queue {
        Queue { position: Some(position), seen: Vec::new() }
    }

    fn begin(memory: &Rc<Memory>) -> Tx {
        memory.begin(Mode::Readwrite, &Table::ALL).now_or_never().unwrap().unwrap().into()
    }

    #[test]
    fn what_is_missing_is_read_together_and_what_was_written_before_is_forgotten() {
        let memory = Rc::new(Memory::default());
        let tx = begin(&memory);
        let keys = ["a", "b"].map(Key::from);
        assert_eq!(tx.get::<Queue>(&keys[0]), Err(Stop));
        tx.put(&keys[0], &queue(1));
        assert_eq!(tx.get_each::<Queue>(&keys), Err(Stop));
        tx.fetch().now_or_never().unwrap().unwrap();
        assert!(!tx.wrote(), "half of some work was written");
        assert_eq!(tx.get_each::<Queue>(&keys).unwrap(), [None, None]);
        tx.put(&keys[0], &queue(2));
        assert!(tx.wrote_to(Table::Queues) && !tx.wrote_to(Table::Doubts));
        assert_eq!(tx.get::<Queue>(&keys[0]).unwrap(), None, "it was read before it was written");
        tx.commit().now_or_never().unwrap().unwrap();
        let tx = begin(&memory);
        assert_eq!(tx.all::<Queue>(), Err(Stop));
        tx.fetch().now_or_never().unwrap().unwrap();
        assert_eq!(tx.all::<Queue>().unwrap(), [("a".to_owned(), queue(2))]);
    }

    #[test]
    fn every_table_is_made() {
        let made: Vec<_> = TABLES.split(['/', ' ']).collect();
        assert_eq!(made, Table::ALL.map(Table::name));
    }

    #[test]
    fn work_that_misses_nothing_is_not_run_for_ever() {
        let memory = Rc::new(Memory::default());
        let tx = begin(&memory);
        assert_eq!(tx.fetch().now_or_never().unwrap().unwrap_err().kind, Kind::Other);
    }
}

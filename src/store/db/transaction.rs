//! Transactions: what is read and written through one holds as a whole or not at all, on disk or in memory.
//!
//! Work on a transaction never waits. It runs through at once on what was read; what else it asks for is noted, and it
//! ends with [`NotLoaded`]. Whoever runs it has all that was noted read together ([`Transaction::load_missing`]) and runs it again
//! from its start, until nothing is missing: then what it wrote is what is written. Work that waited where it reads
//! would be a state machine at each of those places (18 KB of the package after gzip), and would ask for its records in
//! turn. What was read and what is to be written is kept where it comes from and goes to: in a browser in JS.

#[cfg(target_arch = "wasm32")]
pub use super::disk::{Answer, BackendTransaction};
use super::error::{self, DbError};

#[cfg(not(target_arch = "wasm32"))]
pub use super::memory::{Answer, BackendTransaction};
use super::{Key, Query, Record, Table};
use crate::model::MessageKey;
use std::cell::{Cell, RefCell};
#[cfg(not(target_arch = "wasm32"))]
use std::{any::Any, rc::Rc};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen::JsValue;

/// Work on a transaction cannot go on: something is to be read first, or it failed. Which of them, the transaction knows:
/// a result that may be this takes no more room than what it brings.
#[derive(Debug, PartialEq, Eq)]
pub struct NotLoaded;

pub type Result<T, E = NotLoaded> = std::result::Result<T, E>;

/// A record as it is kept, of whatever kind it is: what finds it is compiled once for all of them. In a browser it has the
/// form that it has in the database, also where there is none.
#[cfg(target_arch = "wasm32")]
#[derive(Clone, Debug)]
pub struct RawRecord(pub JsValue);

#[cfg(target_arch = "wasm32")]
impl RawRecord {
    fn of<T: Record>(value: &T) -> Self {
        Self(super::disk::write(value))
    }

    fn read<T: Record>(&self) -> Option<T> {
        super::disk::read(&self.0)
    }
}

/// A record as it is kept, of whatever kind it is.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Clone, Debug)]
pub struct RawRecord(Rc<dyn Any>);

#[cfg(not(target_arch = "wasm32"))]
impl RawRecord {
    fn of<T: Record>(value: &T) -> Self {
        Self(Rc::new(value.clone()))
    }

    fn read<T: Record>(&self) -> Option<T> {
        self.0.downcast_ref().cloned()
    }
}

/// A transaction. Dropped without [`Transaction::commit`] it leaves everything as it was.
pub struct Transaction {
    /// Keeps what was read, as it stood when the transaction began (what it writes is not read), and what to read and write.
    on: BackendTransaction,
    /// Whether work on it missed something,
    missed: Cell<bool>,
    /// or failed, and why.
    failed: RefCell<Option<String>>,
    /// The tables that it writes to, a bit each.
    wrote: Cell<u32>,
}

impl From<BackendTransaction> for Transaction {
    fn from(on: BackendTransaction) -> Self {
        Self { on, missed: Cell::default(), failed: RefCell::default(), wrote: Cell::default() }
    }
}

impl Transaction {
    /// Reads what work on it was missing, unless it failed. What that wrote is forgotten: it is to be run again.
    pub async fn load_missing(&self) -> error::Result<()> {
        if let Some(why) = self.failed.take() {
            return Err(DbError::other(why));
        }
        if !self.missed.take() {
            return Err(DbError::other("the local copy missed nothing; open the client anew"));
        }
        self.wrote.take();
        self.on.fetch().await
    }

    /// Work on it failed.
    pub fn fail(&self, why: String) -> NotLoaded {
        *self.failed.borrow_mut() = Some(why);
        NotLoaded
    }

    /// All of these are needed: whatever was not read yet is read together.
    pub fn prefetch(&self, asks: Vec<Query>) -> Result<()> {
        let mut all = Ok(());
        for ask in asks {
            all = all.and(self.answer(&ask).map(drop));
        }
        all
    }

    fn answer(&self, ask: &Query) -> Result<Answer> {
        let answer = self.on.answer(ask);
        self.missed.set(self.missed.get() || answer.is_none());
        answer.ok_or(NotLoaded)
    }

    /// A record. One that cannot be read counts as none.
    pub fn get<T: Record>(&self, key: &Key) -> Result<Option<T>> {
        Ok(self.found(T::TABLE, key)?.and_then(|found| found.read()))
    }

    fn found(&self, table: Table, key: &Key) -> Result<Option<RawRecord>> {
        Ok(self.answer(&Query::Record(table, key.clone()))?.record())
    }

    /// Several records.
    pub fn get_each<T: Record>(&self, keys: &[Key]) -> Result<Vec<Option<T>>> {
        let mut records = Vec::new();
        for found in self.found_each(T::TABLE, keys)? {
            records.push(found.and_then(|found| found.read()));
        }
        Ok(records)
    }

    /// Those of several records that are there.
    pub fn get_those<T: Record>(&self, keys: &[Key]) -> Result<Vec<T>> {
        let mut records = Vec::new();
        for found in self.found_each(T::TABLE, keys)? {
            if let Some(record) = found.and_then(|found| found.read()) {
                records.push(record);
            }
        }
        Ok(records)
    }

    fn found_each(&self, table: Table, keys: &[Key]) -> Result<Vec<Option<RawRecord>>> {
        let (mut all, mut are_there) = (Vec::new(), true);
        for key in keys {
            match self.found(table, key) {
                Ok(found) => all.push(found),
                // The others are asked for, too.
                Err(NotLoaded) => are_there = false,
            }
        }
        if are_there { Ok(all) } else { Err(NotLoaded) }
    }

    /// Every record of a table, without its name.
    pub fn values<T: Record>(&self) -> Result<Vec<T>> {
        let mut records = Vec::new();
        for found in self.answer(&Query::Values(T::TABLE))?.values() {
            if let Some(record) = found.read() {
                records.push(record);
            }
        }
        Ok(records)
    }

    /// Every record of a table whose keys are names.
    pub fn all<T: Record>(&self) -> Result<Vec<(String, T)>> {
        let mut all = Vec::new();
        for (name, found) in self.named(T::TABLE)? {
            if let Some(record) = found.read() {
                all.push((name, record));
            }
        }
        Ok(all)
    }

    fn named(&self, table: Table) -> Result<Vec<(String, RawRecord)>> {
        self.prefetch(vec![Query::Keys(table), Query::Values(table)])?;
        let mut found_under = Vec::new();
        let mut names = self.answer(&Query::Keys(table))?.names().into_iter();
        for found in self.answer(&Query::Values(table))?.values() {
            if let Some(Some(name)) = names.next() {
                found_under.push((name, found));
            }
        }
        Ok(found_under)
    }

    /// Every name in a table.
    pub fn keys(&self, table: Table) -> Result<Vec<String>> {
        Ok(self.answer(&Query::Keys(table))?.names().into_iter().flatten().collect())
    }

    fn writes_to(&self, table: Table) {
        self.wrote.set(self.wrote.get() | 1 << table as u32);
    }

    /// Writes a record.
    pub fn put<T: Record>(&self, key: &Key, value: &T) {
        self.writes_to(T::TABLE);
        self.on.put(T::TABLE, key, RawRecord::of(value));
    }

    /// Deletes a record.
    pub fn delete(&self, table: Table, key: &Key) {
        self.writes_to(table);
        self.on.delete(table, key);
    }

    /// Deletes a conversation's blocks up to the one that begins with that message.
    pub fn delete_blocks(&self, conversation: &str, through: MessageKey) {
        self.writes_to(Table::Blocks);
        self.on.delete_blocks(conversation, through);
    }

    /// Deletes everything in a table.
    pub fn clear(&self, table: Table) {
        self.writes_to(table);
        self.on.clear(table);
    }

    /// Whether anything was written.
    pub fn wrote(&self) -> bool {
        self.wrote.get() != 0
    }

    /// Whether anything was written to that table.
    pub fn wrote_to(&self, table: Table) -> bool {
        self.wrote.get() & 1 << table as u32 != 0
    }

    /// Makes it all true at once.
    pub async fn commit(self) -> error::Result<()> {
        self.on.commit().await
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use super::super::error::ErrorKind;
    use super::super::memory::Memory;
    use super::super::{Mode, TABLES};
    use super::*;
    use crate::store::records::Queue;
    use futures_util::FutureExt;

    fn queue(position: u64) -> Queue {
        Queue { position: Some(position), seen: Vec::new() }
    }

    fn begin(memory: &Rc<Memory>) -> Transaction {
        memory.begin(Mode::Readwrite, &Table::ALL).now_or_never().unwrap().unwrap().into()
    }

    #[test]
    fn what_is_missing_is_read_together_and_what_was_written_before_is_forgotten() {
        let memory = Rc::new(Memory::default());
        let tx = begin(&memory);
        let keys = ["a", "b"].map(Key::from);
        assert_eq!(tx.get::<Queue>(&keys[0]), Err(NotLoaded));
        tx.put(&keys[0], &queue(1));
        assert_eq!(tx.get_each::<Queue>(&keys), Err(NotLoaded));
        tx.load_missing().now_or_never().unwrap().unwrap();
        assert!(!tx.wrote(), "half of some work was written");
        assert_eq!(tx.get_each::<Queue>(&keys).unwrap(), [None, None]);
        tx.put(&keys[0], &queue(2));
        assert!(tx.wrote_to(Table::Queues) && !tx.wrote_to(Table::Doubts));
        assert_eq!(tx.get::<Queue>(&keys[0]).unwrap(), None, "it was read before it was written");
        tx.commit().now_or_never().unwrap().unwrap();
        let tx = begin(&memory);
        assert_eq!(tx.all::<Queue>(), Err(NotLoaded));
        tx.load_missing().now_or_never().unwrap().unwrap();
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
        assert_eq!(tx.load_missing().now_or_never().unwrap().unwrap_err().kind, ErrorKind::Other);
    }
}

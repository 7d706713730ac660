//! Transactions: all of their writes are stored, or none.
//!
//! Work on a transaction never waits. It uses the records that were read before. A record that is missing is noted, and the work
//! ends with [`NotLoaded`]. The runner then reads all noted records at once ([`Transaction::load_missing`]) and runs the work
//! again from its start, until nothing is missing. Only the writes of the last run count. The code of the work needs no `await`,
//! and the database gets all queries of a round together.

use super::backend::BackendTransaction;
use super::error::{self, DbError, ErrorKind};
use super::operations::{Answer, RawRecord, Write};
use super::{Key, Query, Record, Table};
use crate::sorted_set::SortedSet;
use litemap::LiteMap;
use std::cell::{Cell, RefCell};
use std::ops::RangeInclusive;

/// The work cannot continue: a record must be read first, or the work failed ([`Transaction::fail`]).
#[derive(Debug, PartialEq, Eq)]
pub struct NotLoaded;

/// The result of reading in a transaction.
pub type Result<T, E = NotLoaded> = std::result::Result<T, E>;

/// The records that a transaction has read, and its writes. A read returns the record before the transaction's own writes.
#[derive(Debug, Default)]
pub struct Transaction {
    answers: RefCell<LiteMap<Query, Answer>>,
    missing: RefCell<SortedSet<Query>>,
    writes: RefCell<Vec<Write>>,
    /// The reason why the work failed.
    failure: RefCell<Option<String>>,
    /// The tables with writes, one bit each.
    written: Cell<u32>,
}

impl Transaction {
    /// Reads the records that the work was missing, unless the work failed. Discards its writes, because it runs again.
    pub async fn load_missing(&self, backend: &BackendTransaction<'_>) -> error::Result<()> {
        if let Some(why) = self.failure.take() {
            return Err(DbError::new(ErrorKind::Invalid, why));
        }
        let missing: Vec<_> = self.missing.take().into_iter().collect();
        if missing.is_empty() {
            let message = "the local copy missed nothing; open the client anew";
            return Err(DbError::new(ErrorKind::Invalid, message));
        }
        self.written.take();
        self.writes.take();
        let answers = backend.read(&missing).await?;
        let mut known = self.answers.borrow_mut();
        for (query, answer) in missing.into_iter().zip(answers) {
            known.insert(query, answer);
        }
        Ok(())
    }

    /// Records that the work failed.
    pub fn fail(&self, why: String) -> NotLoaded {
        *self.failure.borrow_mut() = Some(why);
        NotLoaded
    }

    /// Requires the answers to all of these queries, which are then read together.
    pub fn prefetch(&self, queries: Vec<Query>) -> Result<()> {
        let mut all = Ok(());
        for query in queries {
            all = all.and(self.answer(&query).map(drop));
        }
        all
    }

    fn answer(&self, query: &Query) -> Result<Answer> {
        let answer = self.answers.borrow().get(query).cloned();
        answer.ok_or_else(|| {
            self.missing.borrow_mut().insert(query.clone());
            NotLoaded
        })
    }

    fn record(&self, table: Table, key: &Key) -> Result<Option<RawRecord>> {
        match self.answer(&Query::Record(table, key.clone()))? {
            Answer::Record(record) => Ok(record),
            Answer::Keys(_) | Answer::Values(_) => Ok(None),
        }
    }

    /// A record. One that cannot be read counts as absent.
    pub fn get<T: Record>(&self, key: &Key) -> Result<Option<T>> {
        Ok(self.record(T::TABLE, key)?.and_then(|record| record.read()))
    }

    /// Several records.
    pub fn get_each<T: Record>(&self, keys: &[Key]) -> Result<Vec<Option<T>>> {
        // All records are requested before a missing one ends the work.
        let records: Vec<_> = keys.iter().map(|key| self.record(T::TABLE, key)).collect();
        records.into_iter().map(|record| Ok(record?.and_then(|record| record.read()))).collect()
    }

    /// The existing ones of several records.
    pub fn get_existing<T: Record>(&self, keys: &[Key]) -> Result<Vec<T>> {
        Ok(self.get_each(keys)?.into_iter().flatten().collect())
    }

    fn raw_values(&self, table: Table) -> Result<Vec<RawRecord>> {
        match self.answer(&Query::Values(table))? {
            Answer::Values(records) => Ok(records),
            Answer::Record(_) | Answer::Keys(_) => Ok(Vec::new()),
        }
    }

    fn raw_keys(&self, table: Table) -> Result<Vec<Option<Key>>> {
        match self.answer(&Query::Keys(table))? {
            Answer::Keys(keys) => Ok(keys),
            Answer::Record(_) | Answer::Values(_) => Ok(Vec::new()),
        }
    }

    /// Every record of a table.
    pub fn values<T: Record>(&self) -> Result<Vec<T>> {
        Ok(self.raw_values(T::TABLE)?.iter().filter_map(RawRecord::read).collect())
    }

    /// Every record of a table whose keys are names, with its name.
    pub fn all<T: Record>(&self) -> Result<Vec<(String, T)>> {
        self.prefetch(vec![Query::Keys(T::TABLE), Query::Values(T::TABLE)])?;
        let named = self.raw_keys(T::TABLE)?.into_iter().zip(self.raw_values(T::TABLE)?);
        Ok(named.filter_map(|(key, record)| Some((key?.into_name()?, record.read()?))).collect())
    }

    /// Every name in a table.
    pub fn keys(&self, table: Table) -> Result<Vec<String>> {
        Ok(self.raw_keys(table)?.into_iter().filter_map(|key| key?.into_name()).collect())
    }

    fn write(&self, table: Table, write: Write) {
        self.written.set(self.written.get() | 1 << table as u32);
        self.writes.borrow_mut().push(write);
    }

    /// Writes a record.
    pub fn put<T: Record>(&self, key: &Key, value: &T) {
        self.write(T::TABLE, Write::Put(T::TABLE, key.clone(), RawRecord::new(value)));
    }

    /// Deletes a record.
    pub fn delete(&self, table: Table, key: &Key) {
        self.write(table, Write::Delete(table, key.clone()));
    }

    /// Deletes the records of a range of keys.
    pub fn delete_range(&self, table: Table, keys: RangeInclusive<Key>) {
        self.write(table, Write::DeleteRange(table, keys));
    }

    /// Deletes every record of a table.
    pub fn clear(&self, table: Table) {
        self.write(table, Write::Clear(table));
    }

    /// Whether anything was written.
    pub fn wrote(&self) -> bool {
        self.written.get() != 0
    }

    /// Whether anything was written to a table.
    pub fn wrote_to(&self, table: Table) -> bool {
        self.written.get() & 1 << table as u32 != 0
    }

    /// The writes, to be committed.
    pub fn into_writes(self) -> Vec<Write> {
        self.writes.into_inner()
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use super::super::memory::Memory;
    use super::*;
    use crate::model::MessageKey;
    use futures_util::FutureExt;
    use serde::{Deserialize, Serialize};

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Position(u64);

    impl Record for Position {
        const TABLE: Table = Table::Queues;
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Block(u64);

    impl Record for Block {
        const TABLE: Table = Table::Blocks;
    }

    fn load(tx: &Transaction, memory: &Memory) -> error::Result<()> {
        tx.load_missing(&BackendTransaction::Memory(memory)).now_or_never().unwrap()
    }

    fn commit(tx: Transaction, memory: &Memory) {
        memory.write(tx.into_writes());
    }

    #[test]
    fn missing_records_are_read_together_and_writes_of_unfinished_work_are_forgotten() {
        let (memory, tx) = (Memory::default(), Transaction::default());
        let keys = ["a", "b"].map(Key::from);
        assert_eq!(tx.get::<Position>(&keys[0]), Err(NotLoaded));
        tx.put(&keys[0], &Position(1));
        assert_eq!(tx.get_each::<Position>(&keys), Err(NotLoaded));
        load(&tx, &memory).unwrap();
        assert!(!tx.wrote(), "half of some work was written");
        assert_eq!(tx.get_each::<Position>(&keys).unwrap(), [None, None]);
        tx.put(&keys[0], &Position(2));
        assert!(tx.wrote_to(Table::Queues) && !tx.wrote_to(Table::Reconciliations));
        assert_eq!(tx.get::<Position>(&keys[0]).unwrap(), None, "it was read before it was written");
        commit(tx, &memory);
        let tx = Transaction::default();
        assert_eq!(tx.all::<Position>(), Err(NotLoaded));
        load(&tx, &memory).unwrap();
        assert_eq!(tx.all::<Position>().unwrap(), [("a".to_owned(), Position(2))]);
        assert_eq!(tx.keys(Table::Queues).unwrap(), ["a"]);
    }

    #[test]
    fn a_range_of_keys_is_deleted_and_no_other() {
        let (memory, tx) = (Memory::default(), Transaction::default());
        let key = |conversation: &str, timestamp, id| {
            Key::Block(conversation.to_owned(), MessageKey { timestamp, id })
        };
        for (conversation, timestamp) in [("a", 9), ("b", 1), ("b", 2), ("b", 3), ("c", 1)] {
            tx.put(&key(conversation, timestamp, 5), &Block(timestamp));
        }
        commit(tx, &memory);
        let tx = Transaction::default();
        tx.delete_range(Table::Blocks, key("b", 0, 0)..=key("b", 2, 5));
        commit(tx, &memory);
        let tx = Transaction::default();
        assert_eq!(tx.values::<Block>(), Err(NotLoaded));
        load(&tx, &memory).unwrap();
        assert_eq!(tx.values::<Block>().unwrap(), [9, 3, 1].map(Block));
    }

    #[test]
    fn names_have_the_order_of_their_utf_16() {
        let mut keys = ["\u{ff5e}", "𝄞", "z"].map(Key::from);
        keys.sort();
        assert_eq!(keys, ["z", "𝄞", "\u{ff5e}"].map(Key::from));
    }

    #[test]
    fn work_that_misses_nothing_is_not_run_for_ever() {
        let (memory, tx) = (Memory::default(), Transaction::default());
        assert_eq!(load(&tx, &memory).unwrap_err().kind, ErrorKind::Invalid);
    }
}

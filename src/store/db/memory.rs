//! The copy where there is no browser: the same tables, for as long as the program runs. In a browser without a database they are
//! JS's (`Memory` in `src/js/platform.js`).

use super::error::DbError;
use super::transaction::RawRecord;
use super::{Key, Mode, Query, Table};
use crate::model::MessageKey;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// All records.
#[derive(Debug, Default)]
pub struct Memory {
    records: RefCell<BTreeMap<(Table, Key), RawRecord>>,
}

/// What was read.
#[derive(Clone)]
pub enum Answer {
    Record(Option<RawRecord>),
    /// `None` stands for a key that is no name.
    Names(Vec<Option<String>>),
    Values(Vec<RawRecord>),
}

enum Write {
    Put(Table, Key, RawRecord),
    Delete(Table, Key),
    DeleteBlocks(String, MessageKey),
    Clear(Table),
}

/// A transaction: what is written takes effect when it commits. Nothing in it waits, so that no two overlap.
pub struct BackendTransaction {
    memory: Rc<Memory>,
    read: RefCell<BTreeMap<Query, Answer>>,
    unread: RefCell<BTreeSet<Query>>,
    writes: RefCell<Vec<Write>>,
}

#[allow(clippy::unused_self, clippy::unused_async, reason = "a database has to be opened, and waited for")]
impl Memory {
    #[allow(clippy::unnecessary_wraps, reason = "a database may refuse")]
    pub async fn begin(
        self: &Rc<Self>,
        _mode: Mode,
        _tables: &[Table],
    ) -> Result<BackendTransaction, DbError> {
        Ok(BackendTransaction {
            memory: self.clone(),
            read: RefCell::default(),
            unread: RefCell::default(),
            writes: RefCell::default(),
        })
    }

    pub const fn is_open(&self) -> bool {
        true
    }

    #[allow(clippy::unnecessary_wraps, reason = "a database may refuse")]
    pub async fn is_in_memory(&self) -> Result<bool, DbError> {
        Ok(true)
    }

    pub const fn close(&self) {}

    fn read(&self, ask: &Query) -> Answer {
        let records = self.records.borrow();
        let all = |table| records.iter().filter(move |((own, _), _)| *own == table);
        match ask {
            Query::Record(table, key) => Answer::Record(records.get(&(*table, key.clone())).cloned()),
            Query::Keys(table) => Answer::Names(all(*table).map(|((_, key), _)| key.name()).collect()),
            Query::Values(table) => Answer::Values(all(*table).map(|(_, value)| value.clone()).collect()),
        }
    }
}

impl Answer {
    pub fn record(self) -> Option<RawRecord> {
        if let Self::Record(found) = self { found } else { None }
    }

    pub fn names(self) -> Vec<Option<String>> {
        if let Self::Names(names) = self { names } else { Vec::new() }
    }

    pub fn values(self) -> Vec<RawRecord> {
        if let Self::Values(values) = self { values } else { Vec::new() }
    }
}

impl BackendTransaction {
    /// What was read; if it was not, it is noted.
    pub fn answer(&self, ask: &Query) -> Option<Answer> {
        let answer = self.read.borrow().get(ask).cloned();
        if answer.is_none() {
            self.unread.borrow_mut().insert(ask.clone());
        }
        answer
    }

    /// Reads what was noted, and forgets what was to be written.
    #[allow(clippy::unused_async, reason = "a database has to be waited for")]
    pub async fn fetch(&self) -> Result<(), DbError> {
        self.writes.take();
        let answers = self.unread.take().into_iter().map(|ask| (ask.clone(), self.memory.read(&ask)));
        self.read.borrow_mut().extend(answers);
        Ok(())
    }

    pub fn put(&self, table: Table, key: &Key, found: RawRecord) {
        self.write(Write::Put(table, key.clone(), found));
    }

    pub fn delete(&self, table: Table, key: &Key) {
        self.write(Write::Delete(table, key.clone()));
    }

    pub fn delete_blocks(&self, conversation: &str, through: MessageKey) {
        self.write(Write::DeleteBlocks(conversation.to_owned(), through));
    }

    pub fn clear(&self, table: Table) {
        self.write(Write::Clear(table));
    }

    fn write(&self, write: Write) {
        self.writes.borrow_mut().push(write);
    }

    #[allow(clippy::unused_async, reason = "a database has to be waited for")]
    pub async fn commit(self) -> Result<(), DbError> {
        let mut records = self.memory.records.borrow_mut();
        for write in self.writes.into_inner() {
            match write {
                Write::Put(table, key, value) => drop(records.insert((table, key), value)),
                Write::Delete(table, key) => drop(records.remove(&(table, key))),
                Write::DeleteBlocks(conversation, through) => records.retain(|(_, key), _| match key {
                    Key::Block(own, first) => *own != conversation || *first > through,
                    Key::Name(_) => true,
                }),
                Write::Clear(table) => records.retain(|(own, _), _| *own != table),
            }
        }
        Ok(())
    }
}

//! The copy where there is no browser: the same tables, for as long as the program runs. In a browser without a database they are
//! JS's (`Memory` in `src/js/platform.js`).

use super::fault::Fault;
use super::tx::{Ask, Found, Key, Mode, Table};
use crate::model::MessageKey;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// All records.
#[derive(Debug, Default)]
pub(super) struct Memory {
    records: RefCell<BTreeMap<(Table, Key), Found>>,
}

/// What was read.
#[derive(Clone)]
pub(super) enum Answer {
    Record(Option<Found>),
    /// `None` stands for a key that is no name.
    Names(Vec<Option<String>>),
    Values(Vec<Found>),
}

enum Write {
    Put(Table, Key, Found),
    Delete(Table, Key),
    DeleteBlocks(String, MessageKey),
    Clear(Table),
}

/// A transaction: what is written takes effect when it commits. Nothing in it waits, so that no two overlap.
pub(super) struct On {
    memory: Rc<Memory>,
    read: RefCell<BTreeMap<Ask, Answer>>,
    unread: RefCell<BTreeSet<Ask>>,
    writes: RefCell<Vec<Write>>,
}

#[allow(clippy::unused_self, clippy::unused_async, reason = "a database has to be opened, and waited for")]
impl Memory {
    #[allow(clippy::unnecessary_wraps, reason = "a database may refuse")]
    pub(super) async fn begin(self: &Rc<Self>, _mode: Mode, _tables: &[Table]) -> Result<On, Fault> {
        Ok(On {
            memory: self.clone(),
            read: RefCell::default(),
            unread: RefCell::default(),
            writes: RefCell::default(),
        })
    }

    pub(super) const fn is_open(&self) -> bool {
        true
    }

    #[allow(clippy::unnecessary_wraps, reason = "a database may refuse")]
    pub(super) async fn is_in_memory(&self) -> Result<bool, Fault> {
        Ok(true)
    }

    pub(super) const fn close(&self) {}

    fn read(&self, ask: &Ask) -> Answer {
        let records = self.records.borrow();
        let all = |table| records.iter().filter(move |((own, _), _)| *own == table);
        match ask {
            Ask::Record(table, key) => Answer::Record(records.get(&(*table, key.clone())).cloned()),
            Ask::Names(table) => Answer::Names(all(*table).map(|((_, key), _)| key.name()).collect()),
            Ask::Values(table) => Answer::Values(all(*table).map(|(_, value)| value.clone()).collect()),
        }
    }
}

impl Answer {
    pub(super) fn record(self) -> Option<Found> {
        if let Self::Record(found) = self { found } else { None }
    }

    pub(super) fn names(self) -> Vec<Option<String>> {
        if let Self::Names(names) = self { names } else { Vec::new() }
    }

    pub(super) fn values(self) -> Vec<Found> {
        if let Self::Values(values) = self { values } else { Vec::new() }
    }
}

impl On {
    /// What was read; if it was not, it is noted.
    pub(super) fn answer(&self, ask: &Ask) -> Option<Answer> {
        let answer = self.read.borrow().get(ask).cloned();
        if answer.is_none() {
            self.unread.borrow_mut().insert(ask.clone());
        }
        answer
    }

    /// Reads what was noted, and forgets what was to be written.
    #[allow(clippy::unused_async, reason = "a database has to be waited for")]
    pub(super) async fn fetch(&self) -> Result<(), Fault> {
        self.writes.take();
        let answers = self.unread.take().into_iter().map(|ask| (ask.clone(), self.memory.read(&ask)));
        self.read.borrow_mut().extend(answers);
        Ok(())
    }

    pub(super) fn put(&self, table: Table, key: &Key, found: Found) {
        self.write(Write::Put(table, key.clone(), found));
    }

    pub(super) fn delete(&self, table: Table, key: &Key) {
        self.write(Write::Delete(table, key.clone()));
    }

    pub(super) fn delete_blocks(&self, conversation: &str, through: MessageKey) {
        self.write(Write::DeleteBlocks(conversation.to_owned(), through));
    }

    pub(super) fn clear(&self, table: Table) {
        self.write(Write::Clear(table));
    }

    fn write(&self, write: Write) {
        self.writes.borrow_mut().push(write);
    }

    #[allow(clippy::unused_async, reason = "a database has to be waited for")]
    pub(super) async fn commit(self) -> Result<(), Fault> {
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

//! The copy where there is no database: the same tables, for as long as the page lives.

use super::tx::{Answer, Ask, Found, Key, Table, Write};
use crate::list::List as _;
use crate::sorted::Map;
use std::cell::RefCell;

/// All records.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    records: RefCell<Map<(Table, Key), Found>>,
}

/// A transaction: what is written takes effect when it commits. Nothing in it waits, so that no two overlap.
pub(super) struct Tx<'a> {
    memory: &'a Memory,
}

impl Memory {
    pub(super) fn begin(&self) -> Tx<'_> {
        Tx { memory: self }
    }
}

impl Tx<'_> {
    pub(super) fn read(&self, ask: &Ask) -> Answer {
        let records = self.memory.records.borrow();
        let all = |table| records.iter().filter(move |((own, _), _)| *own == table);
        match ask {
            Ask::Record(table, key) => Answer::Record(records.get(&(*table, key.clone())).cloned()),
            Ask::Names(table) => Answer::Names(all(*table).map(|((_, key), _)| key.name()).list()),
            Ask::Values(table) => Answer::Values(all(*table).map(|(_, value)| value.clone()).list()),
        }
    }

    pub(super) fn commit(self, writes: Vec<Write>) {
        let mut records = self.memory.records.borrow_mut();
        for write in writes {
            match write {
                Write::Put(table, key, value) => records.insert((table, key), value),
                Write::Delete(table, key) => drop(records.remove(&(table, key))),
                Write::DeleteBlocks(conversation, through) => records.retain(|(_, key), _| match key {
                    Key::Block(own, first) => *own != conversation || *first > through,
                    Key::Name(_) => true,
                }),
                Write::Clear(table) => records.retain(|(own, _), _| *own != table),
            }
        }
    }
}

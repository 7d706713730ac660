//! A database in memory: for native tests, and for pages without IndexedDB.

use super::operations::{Answer, RawRecord, Write};
use super::{Key, Query, Table};
use litemap::LiteMap;
use std::cell::RefCell;

/// All records.
#[derive(Debug, Default)]
pub struct Memory {
    records: RefCell<LiteMap<(Table, Key), RawRecord>>,
}

impl Memory {
    /// Answers a query.
    pub fn read(&self, query: &Query) -> Answer {
        let records = self.records.borrow();
        let all = |table| records.iter().filter(move |((own, _), _)| *own == table);
        match query {
            Query::Record(table, key) => Answer::Record(records.get(&(*table, key.clone())).cloned()),
            Query::Keys(table) => Answer::Keys(all(*table).map(|((_, key), _)| Some(key.clone())).collect()),
            Query::Values(table) => Answer::Values(all(*table).map(|(_, record)| record.clone()).collect()),
        }
    }

    /// Applies writes in their order.
    pub fn write(&self, writes: Vec<Write>) {
        let mut records = self.records.borrow_mut();
        for write in writes {
            match write {
                Write::Put(table, key, record) => drop(records.insert((table, key), record)),
                Write::Delete(table, key) => drop(records.remove(&(table, key))),
                Write::DeleteRange(table, range) => {
                    records.retain(|(own, key), _| *own != table || !range.contains(key));
                }
                Write::Clear(table) => records.retain(|(own, _), _| *own != table),
            }
        }
    }
}

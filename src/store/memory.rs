//! The copy where there is no database: the same tables, for as long as the page lives.

use super::fault::Result;
use super::tx::{Found, Key, Table};
use crate::model::MessageKey;
use crate::sorted::Map;
use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

/// All records.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    records: RefCell<Map<(Table, Key), Rc<dyn Any>>>,
}

enum Write {
    Put((Table, Key), Rc<dyn Any>),
    Delete((Table, Key)),
    DeleteBlocks(String, MessageKey),
    Clear(Table),
}

/// A transaction: what it writes takes effect when it commits. Nothing in it waits, so that no two overlap.
pub(super) struct Tx<'a> {
    memory: &'a Memory,
    writes: RefCell<Vec<Write>>,
}

impl Memory {
    pub(super) fn begin(&self) -> Tx<'_> {
        Tx { memory: self, writes: RefCell::default() }
    }
}

#[allow(clippy::unnecessary_wraps, reason = "the other engine's transactions may fail")]
impl Tx<'_> {
    pub(super) fn get(&self, table: Table, key: &Key) -> Option<Found> {
        let records = self.memory.records.borrow();
        records.get(&(table, key.clone())).cloned().map(Found::Memory)
    }

    pub(super) fn all(&self, table: Table) -> Vec<(String, Found)> {
        let records = self.memory.records.borrow();
        let kept = records.iter().filter_map(|((own, key), value)| match key {
            Key::Name(name) if *own == table => Some((name.clone(), Found::Memory(value.clone()))),
            _ => None,
        });
        kept.collect()
    }

    pub(super) fn names(&self, table: Table) -> Vec<String> {
        let records = self.memory.records.borrow();
        let names = records.keys().filter_map(|(own, key)| match key {
            Key::Name(name) if *own == table => Some(name.clone()),
            _ => None,
        });
        names.collect()
    }

    fn write(&self, write: Write) -> Result<()> {
        self.writes.borrow_mut().push(write);
        Ok(())
    }

    pub(super) fn put(&self, table: Table, key: &Key, value: Rc<dyn Any>) -> Result<()> {
        self.write(Write::Put((table, key.clone()), value))
    }

    pub(super) fn delete(&self, table: Table, key: &Key) -> Result<()> {
        self.write(Write::Delete((table, key.clone())))
    }

    pub(super) fn delete_blocks(&self, conversation: &str, through: MessageKey) -> Result<()> {
        self.write(Write::DeleteBlocks(conversation.to_owned(), through))
    }

    pub(super) fn clear(&self, table: Table) -> Result<()> {
        self.write(Write::Clear(table))
    }

    pub(super) fn commit(self) {
        let mut records = self.memory.records.borrow_mut();
        for write in self.writes.into_inner() {
            match write {
                Write::Put(key, value) => records.insert(key, value),
                Write::Delete(key) => drop(records.remove(&key)),
                Write::DeleteBlocks(conversation, through) => records.retain(|(_, key), _| match key {
                    Key::Block(own, first) => *own != conversation || *first > through,
                    Key::Name(_) => true,
                }),
                Write::Clear(table) => records.retain(|(own, _), _| *own != table),
            }
        }
    }
}

//! A transaction of the database, or of what is in its place.

use super::super::fault::{Fault, Result};
use super::super::tx::{Ask, Found, Key, Mode, Table};
use super::codec::key;
use super::failure::failed;
use super::requests::{Database, Transaction, over};
use crate::list::List as _;
use crate::model::MessageKey;
use js_sys::Array;
use roamkit_wire::text::joined;
use wasm_bindgen::JsValue;

/// A transaction. Dropped without [`On::commit`] it leaves everything as it was.
pub(in super::super) struct On {
    transaction: Transaction,
    mode: Mode,
}

/// What was read.
pub(in super::super) struct Answer(JsValue);

impl Answer {
    pub(in super::super) fn record(self) -> Option<Found> {
        Some(self.0).filter(|found| !found.is_undefined()).map(Found)
    }

    /// `None` stands for a key that is no name.
    pub(in super::super) fn names(self) -> Vec<Option<String>> {
        Array::from(&self.0).iter().map(|name| name.as_string()).list()
    }

    pub(in super::super) fn values(self) -> Vec<Found> {
        Array::from(&self.0).iter().map(Found).list()
    }
}

impl On {
    pub(super) fn begin(db: &Database, mode: Mode, tables: &[Table]) -> Result<Self> {
        let names: Vec<_> = tables.iter().map(|table| table.name()).list();
        let begun = db.begin(&joined(&names, " "), mode == Mode::Write);
        let transaction = begun.map_err(|error| failed(verb(mode), &error))?;
        Ok(Self { transaction, mode })
    }

    fn failed(&self) -> impl Fn(JsValue) -> Fault {
        let verb = verb(self.mode);
        move |error| failed(verb, &error)
    }

    /// What was read; if it was not, it is noted.
    pub(in super::super) fn answer(&self, ask: &Ask) -> Option<Answer> {
        let (table, method, key) = match ask {
            Ask::Record(table, at) => (table, "get", key(at)),
            Ask::Names(table) => (table, "getAllKeys", JsValue::UNDEFINED),
            Ask::Values(table) => (table, "getAll", JsValue::UNDEFINED),
        };
        let answer = self.transaction.answer(table.name(), method, &key);
        (!answer.is_null()).then_some(Answer(answer))
    }

    /// Reads what was noted, and forgets what was to be written.
    pub(in super::super) async fn fetch(&self) -> Result<()> {
        over(self.transaction.fetch()).await.map_err(self.failed())
    }

    pub(in super::super) fn put(&self, table: Table, at: &Key, Found(record): Found) {
        self.transaction.write(table.name(), &key(at), &record, &JsValue::UNDEFINED);
    }

    pub(in super::super) fn delete(&self, table: Table, at: &Key) {
        self.transaction.write(table.name(), &key(at), &JsValue::UNDEFINED, &JsValue::UNDEFINED);
    }

    pub(in super::super) fn delete_blocks(&self, conversation: &str, through: MessageKey) {
        let from = Array::of1(&conversation.into());
        let to = key(&Key::Block(conversation.to_owned(), through));
        self.transaction.write(Table::Blocks.name(), &from, &JsValue::UNDEFINED, &to);
    }

    pub(in super::super) fn clear(&self, table: Table) {
        let nothing = JsValue::UNDEFINED;
        self.transaction.write(table.name(), &nothing, &nothing, &nothing);
    }

    /// Makes it all true at once.
    pub(in super::super) async fn commit(mut self) -> Result<()> {
        let done = over(self.transaction.commit()).await.map_err(self.failed());
        if done.is_ok() {
            // There is nothing left to end.
            self.mode = Mode::Read;
        }
        done
    }
}

impl Drop for On {
    fn drop(&mut self) {
        if self.mode == Mode::Write {
            self.transaction.abort();
        }
    }
}

fn verb(mode: Mode) -> &'static str {
    match mode {
        Mode::Read => "read",
        Mode::Write => "write",
    }
}

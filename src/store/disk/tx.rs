//! A transaction of the database, or of what is in its place.

use super::super::fault::Result;
use super::super::tx::{Ask, Found, Key, Table};
use super::codec::key;
use super::requests::{Transaction, over};
use crate::model::MessageKey;
use crate::platform::{list, parts};
use wasm_bindgen::JsValue;

/// A transaction. Dropped without [`On::commit`] it leaves everything as it was.
pub(in super::super) struct On(pub(super) Transaction);

/// What was read.
pub(in super::super) struct Answer(JsValue);

impl Answer {
    pub(in super::super) fn record(self) -> Option<Found> {
        Some(self.0).filter(|found| !found.is_undefined()).map(Found)
    }

    /// `None` stands for a key that is no name.
    pub(in super::super) fn names(self) -> Vec<Option<String>> {
        parts(&self.0).iter().map(JsValue::as_string).collect()
    }

    pub(in super::super) fn values(self) -> Vec<Found> {
        parts(&self.0).into_iter().map(Found).collect()
    }
}

impl On {
    /// What was read; if it was not, it is noted.
    pub(in super::super) fn answer(&self, ask: &Ask) -> Option<Answer> {
        let (table, method, key) = match ask {
            Ask::Record(table, at) => (table, "get", key(at)),
            Ask::Names(table) => (table, "getAllKeys", JsValue::UNDEFINED),
            Ask::Values(table) => (table, "getAll", JsValue::UNDEFINED),
        };
        let answer = self.0.answer(table.name(), method, &key);
        (!answer.is_null()).then_some(Answer(answer))
    }

    /// Reads what was noted, and forgets what was to be written.
    pub(in super::super) async fn fetch(&self) -> Result<()> {
        over(self.0.fetch()).await.map(drop)
    }

    pub(in super::super) fn put(&self, table: Table, at: &Key, Found(record): Found) {
        self.0.write(table.name(), &key(at), &record, &JsValue::UNDEFINED);
    }

    pub(in super::super) fn delete(&self, table: Table, at: &Key) {
        self.0.write(table.name(), &key(at), &JsValue::UNDEFINED, &JsValue::UNDEFINED);
    }

    pub(in super::super) fn delete_blocks(&self, conversation: &str, through: MessageKey) {
        let from = list(vec![conversation.into()]);
        let to = key(&Key::Block(conversation.to_owned(), through));
        self.0.write(Table::Blocks.name(), &from, &JsValue::UNDEFINED, &to);
    }

    pub(in super::super) fn clear(&self, table: Table) {
        let nothing = JsValue::UNDEFINED;
        self.0.write(table.name(), &nothing, &nothing, &nothing);
    }

    /// Makes it all true at once.
    pub(in super::super) async fn commit(self) -> Result<()> {
        over(self.0.commit()).await.map(drop)
    }
}

impl Drop for On {
    fn drop(&mut self) {
        // Of one that is over there is nothing left to end.
        self.0.abort();
    }
}

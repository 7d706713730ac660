//! A transaction of the database, or of what is in its place.

use super::codec::key;
use super::requests::{Transaction, over};
use crate::model::MessageKey;
use crate::platform::{list, parts};
use crate::store::db::error::Result;
use crate::store::db::transaction::RawRecord;
use crate::store::db::{Key, Query, Table};
use wasm_bindgen::JsValue;

/// A transaction. Dropped without [`BackendTransaction::commit`] it leaves everything as it was.
pub struct BackendTransaction(pub Transaction);

/// What was read.
pub struct Answer(JsValue);

impl Answer {
    pub fn record(self) -> Option<RawRecord> {
        Some(self.0).filter(|found| !found.is_undefined()).map(RawRecord)
    }

    /// `None` stands for a key that is no name.
    pub fn names(self) -> Vec<Option<String>> {
        parts(&self.0).iter().map(JsValue::as_string).collect()
    }

    pub fn values(self) -> Vec<RawRecord> {
        parts(&self.0).into_iter().map(RawRecord).collect()
    }
}

impl BackendTransaction {
    /// What was read; if it was not, it is noted.
    pub fn answer(&self, ask: &Query) -> Option<Answer> {
        let (table, method, key) = match ask {
            Query::Record(table, at) => (table, "get", key(at)),
            Query::Keys(table) => (table, "getAllKeys", JsValue::UNDEFINED),
            Query::Values(table) => (table, "getAll", JsValue::UNDEFINED),
        };
        let answer = self.0.answer(table.name(), method, &key);
        (!answer.is_null()).then_some(Answer(answer))
    }

    /// Reads what was noted, and forgets what was to be written.
    pub async fn fetch(&self) -> Result<()> {
        over(self.0.fetch()).await.map(drop)
    }

    pub fn put(&self, table: Table, at: &Key, RawRecord(record): RawRecord) {
        self.0.write(table.name(), &key(at), &record, &JsValue::UNDEFINED);
    }

    pub fn delete(&self, table: Table, at: &Key) {
        self.0.write(table.name(), &key(at), &JsValue::UNDEFINED, &JsValue::UNDEFINED);
    }

    pub fn delete_blocks(&self, conversation: &str, through: MessageKey) {
        let from = list(vec![conversation.into()]);
        let to = key(&Key::Block(conversation.to_owned(), through));
        self.0.write(Table::Blocks.name(), &from, &JsValue::UNDEFINED, &to);
    }

    pub fn clear(&self, table: Table) {
        let nothing = JsValue::UNDEFINED;
        self.0.write(table.name(), &nothing, &nothing, &nothing);
    }

    /// Makes it all true at once.
    pub async fn commit(self) -> Result<()> {
        over(self.0.commit()).await.map(drop)
    }
}

impl Drop for BackendTransaction {
    fn drop(&mut self) {
        // Of one that is over there is nothing left to end.
        self.0.abort();
    }
}

//! A transaction of the database.

use super::super::fault::{Fault, Result};
use super::super::tx::{Kept, Key, Mode, Table};
use super::codec::{key, read};
use super::failure::{ended, failed};
use super::running::{Entry, Running};
use crate::model::MessageKey;
use indexed_db_futures::KeyRange;
use indexed_db_futures::database::Database;
use indexed_db_futures::error::Error;
use indexed_db_futures::internals::SystemRepr;
use indexed_db_futures::object_store::ObjectStore;
use indexed_db_futures::prelude::*;
use indexed_db_futures::transaction::{Transaction, TransactionMode};
use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::IdbTransaction;

/// A transaction. Dropped without [`Tx::commit`] it leaves everything as it was.
pub(in super::super) struct Tx<'a> {
    transaction: Transaction<'a>,
    _running: Entry,
    verb: &'static str,
}

impl<'a> Tx<'a> {
    pub(super) fn begin(db: &'a Database, running: &Running, mode: Mode, tables: &[Table]) -> Result<Self> {
        let names: Vec<_> = tables.iter().map(|table| table.name()).collect();
        let (verb, mode) = match mode {
            Mode::Read => ("read", TransactionMode::Readonly),
            Mode::Write => ("write", TransactionMode::Readwrite),
        };
        let transaction = db.transaction(&*names).with_mode(mode).build().map_err(failed(verb))?;
        let running = running.add(sys(&transaction));
        Ok(Self { transaction, _running: running, verb })
    }

    fn failed(&self) -> impl Fn(Error) -> Fault {
        failed(self.verb)
    }

    fn table(&self, table: Table) -> Result<ObjectStore<'_>> {
        self.transaction.object_store(table.name()).map_err(self.failed())
    }

    pub(in super::super) async fn get<T: Kept>(&self, at: &Key) -> Result<Option<T>> {
        let table = self.table(T::TABLE)?;
        let get = table.get::<JsValue, JsValue, _>(key(at)).primitive().map_err(self.failed())?;
        Ok(get.await.map_err(self.failed())?.and_then(|value| read(&value)))
    }

    pub(in super::super) async fn get_each<T: Kept>(&self, keys: &[Key]) -> Result<Vec<Option<T>>> {
        let table = self.table(T::TABLE)?;
        let requests: Vec<_> = keys
            .iter()
            .map(|at| table.get::<JsValue, JsValue, _>(key(at)).primitive().map_err(self.failed()))
            .collect::<Result<_>>()?;
        let mut found = Vec::with_capacity(requests.len());
        for request in requests {
            found.push(request.await.map_err(self.failed())?.and_then(|value| read(&value)));
        }
        Ok(found)
    }

    pub(in super::super) async fn values<T: Kept>(&self) -> Result<Vec<T>> {
        let values = self.table(T::TABLE)?.get_all::<JsValue>().primitive().map_err(self.failed())?;
        let values = values.await.map_err(self.failed())?;
        values
            .filter_map(|value| value.map(|value| read(&value)).map_err(self.failed()).transpose())
            .collect()
    }

    pub(in super::super) async fn all<T: Kept>(&self) -> Result<Vec<(String, T)>> {
        let table = self.table(T::TABLE)?;
        // Both are asked for before the first is waited for.
        let keys = table.get_all_keys::<JsValue>().primitive().map_err(self.failed())?;
        let values = table.get_all::<JsValue>().primitive().map_err(self.failed())?;
        let keys: Vec<JsValue> =
            keys.await.map_err(self.failed())?.collect::<Result<_, Error>>().map_err(self.failed())?;
        let values: Vec<JsValue> =
            values.await.map_err(self.failed())?.collect::<Result<_, Error>>().map_err(self.failed())?;
        let kept = keys.iter().zip(&values);
        Ok(kept.filter_map(|(key, value)| Some((key.as_string()?, read(value)?))).collect())
    }

    pub(in super::super) async fn names(&self, table: Table) -> Result<Vec<String>> {
        let keys = self.table(table)?.get_all_keys::<JsValue>().primitive().map_err(self.failed())?;
        let keys: Vec<JsValue> =
            keys.await.map_err(self.failed())?.collect::<Result<_, Error>>().map_err(self.failed())?;
        Ok(keys.iter().filter_map(JsValue::as_string).collect())
    }

    pub(in super::super) fn put<T: Kept>(&self, at: &Key, value: &T) -> Result<()> {
        let table = self.table(T::TABLE)?;
        let put = table.put(value.write()?).with_key(key(at)).without_key_type();
        put.primitive().map(drop).map_err(self.failed())
    }

    pub(in super::super) fn delete(&self, table: Table, at: &Key) -> Result<()> {
        self.table(table)?.delete(key(at)).primitive().map(drop).map_err(self.failed())
    }

    pub(in super::super) fn delete_blocks(&self, conversation: &str, through: MessageKey) -> Result<()> {
        let from = Array::of1(&conversation.into()).into();
        let to = key(&Key::Block(conversation.to_owned(), through));
        let range: KeyRange<JsValue> = KeyRange::Bound(from, false, to, false);
        self.table(Table::Blocks)?.delete::<JsValue, _>(range).primitive().map(drop).map_err(self.failed())
    }

    pub(in super::super) fn clear(&self, table: Table) -> Result<()> {
        self.table(table)?.clear().map(drop).map_err(self.failed())
    }

    /// Makes it all true at once.
    pub(in super::super) async fn commit(self) -> Result<()> {
        let transaction = sys(&self.transaction);
        let verb = self.verb;
        self.transaction.commit().await.map_err(|error| ended(verb, &error, transaction.error().as_ref()))
    }
}

fn sys(transaction: &Transaction<'_>) -> IdbTransaction {
    transaction.as_sys().clone().unchecked_into()
}

//! A transaction of the database.

use super::super::fault::{Fault, Result};
use super::super::tx::{Found, Key, Mode, Table};
use super::codec::key;
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

    /// All are asked for before the first is waited for.
    pub(in super::super) async fn get_each(&self, table: Table, keys: &[Key]) -> Result<Vec<Option<Found>>> {
        let requests: Vec<_> = {
            let table = self.table(table)?;
            let get = |at| table.get::<JsValue, JsValue, _>(key(at)).primitive().map_err(self.failed());
            keys.iter().map(get).collect::<Result<_>>()?
        };
        let mut found = Vec::with_capacity(requests.len());
        for request in requests {
            found.push(request.await.map_err(self.failed())?.map(Found::Disk));
        }
        Ok(found)
    }

    /// Every record; those whose keys are names, with these.
    pub(in super::super) async fn all(&self, table: Table, with_names: bool) -> Result<Vec<(String, Found)>> {
        // Both are asked for before the first is waited for.
        let (keys, values) = {
            let table = self.table(table)?;
            let keys = with_names.then(|| table.get_all_keys::<JsValue>().primitive()).transpose();
            (keys.map_err(self.failed())?, table.get_all::<JsValue>().primitive().map_err(self.failed())?)
        };
        let names = match keys {
            Some(keys) => Some(self.strings(keys.await)?),
            None => None,
        };
        let values = values.await.map_err(self.failed())?;
        let mut all = Vec::with_capacity(values.len());
        for (at, value) in values.enumerate() {
            let value = Found::Disk(value.map_err(self.failed())?);
            match &names {
                None => all.push((String::new(), value)),
                Some(names) => all.extend(names.get(at).cloned().flatten().map(|name| (name, value))),
            }
        }
        Ok(all)
    }

    pub(in super::super) async fn names(&self, table: Table) -> Result<Vec<String>> {
        let keys = self.table(table)?.get_all_keys::<JsValue>().primitive().map_err(self.failed())?;
        Ok(self.strings(keys.await)?.into_iter().flatten().collect())
    }

    fn strings(
        &self,
        keys: Result<impl Iterator<Item = Result<JsValue, Error>>, Error>,
    ) -> Result<Vec<Option<String>>> {
        let keys = keys.map_err(self.failed())?;
        keys.map(|key| key.map(|key| key.as_string()).map_err(self.failed())).collect()
    }

    pub(in super::super) fn put(&self, table: Table, at: &Key, value: JsValue) -> Result<()> {
        let table = self.table(table)?;
        let put = table.put(value).with_key(key(at)).without_key_type();
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

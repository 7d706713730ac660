//! A transaction of the database.

use super::super::fault::{Fault, Result};
use super::super::tx::{Answer, Ask, Found, Key, Mode, Table, Write};
use super::codec::key;
use super::failure::{ended, failed};
use super::running::{Entry, Running};
use crate::list::List as _;
use indexed_db_futures::KeyRange;
use indexed_db_futures::database::Database;
use indexed_db_futures::error::Error;
use indexed_db_futures::future::{BasicRequest, GetAllPrimitiveRequest};
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

/// What was asked for, on its way.
enum Request<'k> {
    Record(BasicRequest<Option<JsValue>>),
    List(&'k Ask, GetAllPrimitiveRequest<JsValue>),
}

impl<'a> Tx<'a> {
    pub(super) fn begin(db: &'a Database, running: &Running, mode: Mode, tables: &[Table]) -> Result<Self> {
        let names: Vec<_> = tables.iter().map(|table| table.name()).list();
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
    pub(in super::super) async fn read(&self, asked: &[Ask]) -> Result<Vec<Answer>> {
        let requests = asked.iter().map(|ask| self.request(ask)).tried()?;
        let mut answers = Vec::with_capacity(requests.len());
        for request in requests {
            answers.push(match request {
                Request::Record(found) => {
                    Answer::Record(found.await.map_err(self.failed())?.map(Found::Disk))
                }
                Request::List(ask, list) => {
                    let list = list.await.map_err(self.failed())?;
                    let list = list.tried().map_err(self.failed())?;
                    match ask {
                        Ask::Names(_) => Answer::Names(list.iter().map(JsValue::as_string).list()),
                        _ => Answer::Values(list.into_iter().map(Found::Disk).list()),
                    }
                }
            });
        }
        Ok(answers)
    }

    fn request<'k>(&self, ask: &'k Ask) -> Result<Request<'k>> {
        match ask {
            Ask::Record(table, at) => {
                let found = self.table(*table)?.get::<JsValue, JsValue, _>(key(at)).primitive();
                found.map(Request::Record)
            }
            Ask::Names(table) => {
                self.table(*table)?.get_all_keys().primitive().map(|keys| Request::List(ask, keys))
            }
            Ask::Values(table) => {
                self.table(*table)?.get_all().primitive().map(|values| Request::List(ask, values))
            }
        }
        .map_err(self.failed())
    }

    /// Not waited for: should it fail, so does the commit.
    fn write(&self, write: Write) -> Result<()> {
        match write {
            Write::Put(table, at, Found::Disk(value)) => {
                let put = self.table(table)?.put(value).with_key(key(&at)).without_key_type().primitive();
                put.map(drop)
            }
            // Of a transaction in memory.
            Write::Put(_, _, Found::Memory(_)) => Ok(()),
            Write::Delete(table, at) => self.table(table)?.delete(key(&at)).primitive().map(drop),
            Write::DeleteBlocks(conversation, through) => {
                let from = Array::of1(&(&*conversation).into()).into();
                let range = KeyRange::Bound(from, false, key(&Key::Block(conversation, through)), false);
                self.table(Table::Blocks)?.delete::<JsValue, _>(range).primitive().map(drop)
            }
            Write::Clear(table) => self.table(table)?.clear().map(drop),
        }
        .map_err(self.failed())
    }

    /// Makes it all true at once.
    pub(in super::super) async fn commit(self, writes: Vec<Write>) -> Result<()> {
        writes.into_iter().try_for_each(|write| self.write(write))?;
        let transaction = sys(&self.transaction);
        let verb = self.verb;
        self.transaction.commit().await.map_err(|error| ended(verb, &error, transaction.error().as_ref()))
    }
}

fn sys(transaction: &Transaction<'_>) -> IdbTransaction {
    transaction.as_sys().clone().unchecked_into()
}

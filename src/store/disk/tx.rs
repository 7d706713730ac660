//! A transaction of the database.

use super::super::fault::{Fault, Result};
use super::super::tx::{Answer, Ask, Found, Key, Mode, Table, Write};
use super::codec::key;
use super::failure::failed;
use super::requests::{self, Database};
use crate::list::List as _;
use js_sys::Array;
use roamkit_wire::text::joined;
use wasm_bindgen::JsValue;
use web_sys::{IdbTransaction, IdbTransactionMode};

/// A transaction. Dropped without [`Tx::commit`] it leaves everything as it was.
pub(in super::super) struct Tx {
    transaction: IdbTransaction,
    mode: Mode,
}

impl Tx {
    pub(super) fn begin(db: &Database, mode: Mode, tables: &[Table]) -> Result<Self> {
        let names: Vec<_> = tables.iter().map(|table| table.name()).list();
        let how = match mode {
            Mode::Read => IdbTransactionMode::Readonly,
            Mode::Write => IdbTransactionMode::Readwrite,
        };
        let begun = db.begin(&joined(&names, " "), how);
        let transaction = begun.map_err(|error| failed(verb(mode), &error))?;
        Ok(Self { transaction, mode })
    }

    fn failed(&self) -> impl Fn(JsValue) -> Fault {
        let verb = verb(self.mode);
        move |error| failed(verb, &error)
    }

    pub(in super::super) async fn read(&self, asked: &[Ask]) -> Result<Vec<Answer>> {
        let asks = asked.iter().map(|ask| match ask {
            Ask::Record(table, at) => requests::ask(table.name(), "get", &key(at)),
            Ask::Names(table) => requests::ask(table.name(), "getAllKeys", &JsValue::UNDEFINED),
            Ask::Values(table) => requests::ask(table.name(), "getAll", &JsValue::UNDEFINED),
        });
        let answers = requests::read(&self.transaction, asks.list()).await.map_err(self.failed())?;
        let answers = asked.iter().zip(answers).map(|(ask, answer)| match ask {
            Ask::Record(..) => Answer::Record(Some(answer).filter(|found| !found.is_undefined()).map(Found)),
            Ask::Names(_) => Answer::Names(Array::from(&answer).iter().map(|name| name.as_string()).list()),
            Ask::Values(_) => Answer::Values(Array::from(&answer).iter().map(Found).list()),
        });
        Ok(answers.list())
    }

    /// Makes it all true at once.
    pub(in super::super) async fn commit(mut self, writes: Vec<Write>) -> Result<()> {
        let nothing = JsValue::UNDEFINED;
        let writes = writes.into_iter().map(|write| match write {
            Write::Put(table, at, Found(record)) => {
                requests::write(table.name(), &key(&at), &record, &nothing)
            }
            Write::Delete(table, at) => requests::write(table.name(), &key(&at), &nothing, &nothing),
            Write::DeleteBlocks(conversation, through) => {
                let from = Array::of1(&(&*conversation).into());
                let to = key(&Key::Block(conversation, through));
                requests::write(Table::Blocks.name(), &from, &nothing, &to)
            }
            Write::Clear(table) => requests::write(table.name(), &nothing, &nothing, &nothing),
        });
        let done = requests::commit(&self.transaction, writes.list()).await.map_err(self.failed());
        if done.is_ok() {
            // There is nothing left to end.
            self.mode = Mode::Read;
        }
        done
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        if self.mode == Mode::Write {
            requests::abort(&self.transaction);
        }
    }
}

fn verb(mode: Mode) -> &'static str {
    match mode {
        Mode::Read => "read",
        Mode::Write => "write",
    }
}

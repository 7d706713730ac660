//! IndexedDB through `indexed_db_futures`: opening, transactions, requests, commit.

use super::error::{DbError, ErrorKind, Result};
use super::operations::{Answer, RawRecord, Write};
use super::{Key, Mode, Query, Table};
use crate::model::MessageKey;
use futures_channel::oneshot;
use futures_util::FutureExt;
use futures_util::future::{AbortHandle, Either, LocalBoxFuture, Shared, abortable, select};
use indexed_db_futures::OpenDbResult;
use indexed_db_futures::database::{Database, VersionChangeEvent};
use indexed_db_futures::error::{Error, OpenDbError, UnexpectedDataError};
use indexed_db_futures::future::VoidRequest;
use indexed_db_futures::prelude::*;
use indexed_db_futures::transaction::{self, TransactionFinishKind};
use js_sys::{Array, Promise};
use std::cell::{Cell, RefCell};
use std::fmt;
use std::pin::pin;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// The number of microtasks between the last answer and the writes.
const TURNS: u32 = 3;

/// Upgrades a database from an older version.
pub type Upgrade =
    fn(VersionChangeEvent, Database) -> LocalBoxFuture<'static, indexed_db_futures::Result<()>>;

/// A database that is open.
pub struct IndexedDb {
    database: Database,
    gone: Cell<bool>,
    /// Stops the listener for the browser or another tab closing the database.
    watch: RefCell<Option<AbortHandle>>,
    /// Dropping the sender ends all running work on the database.
    release: RefCell<Option<oneshot::Sender<()>>>,
    released: Shared<oneshot::Receiver<()>>,
}

impl fmt::Debug for IndexedDb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IndexedDb").field("gone", &self.gone).finish_non_exhaustive()
    }
}

/// Opens a database. The future must run to its end: an upgrade without its listener would create an empty database.
pub async fn open(name: &str, version: u32, upgrade: Upgrade) -> OpenDbResult<Rc<IndexedDb>> {
    let request = Database::open(name).with_version(version).with_on_upgrade_needed_fut(upgrade);
    let database = request.build()?.await?;
    let (release, released) = oneshot::channel();
    let opened = Rc::new(IndexedDb {
        database: database.clone(),
        gone: Cell::new(false),
        watch: RefCell::default(),
        release: RefCell::new(Some(release)),
        released: released.shared(),
    });
    // The event comes if another tab wants to delete or upgrade the database.
    let mut changes = database.version_changes()?;
    let weak = Rc::downgrade(&opened);
    let (watching, handle) = abortable(async move {
        changes.recv().await;
        if let Some(opened) = weak.upgrade() {
            opened.close();
        }
    });
    *opened.watch.borrow_mut() = Some(handle);
    wasm_bindgen_futures::spawn_local(watching.map(drop));
    Ok(opened)
}

impl IndexedDb {
    /// Begins a transaction. If the connection is gone, it is closed, so that the next call opens another one.
    pub fn begin(&self, mode: Mode, tables: &[Table]) -> Result<Transaction<'_>> {
        self.begin_named(mode, tables.iter().map(|table| table.name()).collect())
    }

    /// Begins a transaction on the object stores of these names.
    pub fn begin_named(&self, mode: Mode, stores: Vec<&str>) -> Result<Transaction<'_>> {
        let verb = if mode == Mode::Readonly { "read" } else { "write" };
        let transaction = self.database.transaction(stores).with_mode(mode).build();
        let transaction = transaction.map_err(|error| self.failed(verb, error))?;
        Ok(Transaction { database: self, inner: transaction, verb })
    }

    fn failed(&self, verb: &str, error: Error) -> DbError {
        let error = DbError::from_browser(verb, error);
        if error.kind == ErrorKind::Gone {
            self.close();
        }
        error
    }

    /// Whether the connection cannot be used any more.
    pub const fn is_gone(&self) -> bool {
        self.gone.get()
    }

    /// Closes the connection. Running transactions are finished.
    pub fn close(&self) {
        self.gone.set(true);
        if let Some(watch) = self.watch.take() {
            watch.abort();
        }
        self.database.clone().close();
    }

    /// Closes the connection, and rolls back running transactions.
    pub fn release(&self) {
        self.close();
        drop(self.release.take());
    }
}

/// A transaction. It is aborted if it is dropped without [`Transaction::commit`].
pub struct Transaction<'a> {
    database: &'a IndexedDb,
    inner: transaction::Transaction<'a>,
    verb: &'static str,
}

impl Transaction<'_> {
    /// Issues all requests, and waits for all answers.
    pub async fn read(&self, queries: &[Query]) -> Result<Vec<Answer>> {
        let requests: indexed_db_futures::Result<Vec<_>> =
            queries.iter().map(|query| self.request(query)).collect();
        // All requests were issued above, so waiting for them in turn takes as long as the slowest one.
        let answers = async {
            let mut answers = Vec::with_capacity(queries.len());
            for request in requests? {
                answers.push(request.await?);
            }
            Ok(answers)
        };
        self.unless_released(answers).await
    }

    fn request(
        &self,
        query: &Query,
    ) -> indexed_db_futures::Result<LocalBoxFuture<'static, indexed_db_futures::Result<Answer>>> {
        Ok(match query {
            Query::Record(table, key) => {
                let request = self.get(table.name(), to_js(key))?;
                request.map(|found| Ok(Answer::Record(found?.map(RawRecord::Js)))).boxed_local()
            }
            Query::Keys(table) => {
                let store = self.inner.object_store(table.name())?;
                let request = store.get_all_keys::<JsValue>().primitive()?;
                let keys = async { Ok(request.await?.map(|key| from_js(&key.ok()?)).collect()) };
                keys.map(|keys: indexed_db_futures::Result<_>| keys.map(Answer::Keys)).boxed_local()
            }
            Query::Values(table) => {
                let store = self.inner.object_store(table.name())?;
                let request = store.get_all::<JsValue>().primitive()?;
                let values =
                    async { Ok(request.await?.filter_map(|value| value.ok().map(RawRecord::Js)).collect()) };
                values.map(|values: indexed_db_futures::Result<_>| values.map(Answer::Values)).boxed_local()
            }
        })
    }

    /// Requests a record as a JS value.
    fn get(
        &self,
        store: &str,
        key: JsValue,
    ) -> indexed_db_futures::Result<impl Future<Output = indexed_db_futures::Result<Option<JsValue>>> + use<>>
    {
        self.inner.object_store(store)?.get::<JsValue, _, _>(key).primitive()
    }

    /// A record as a JS value.
    pub async fn get_js(&self, store: &str, key: JsValue) -> Result<Option<JsValue>> {
        let request = self.get(store, key);
        self.unless_released(async { request?.await }).await
    }

    /// Applies all writes and commits. The crate does not say why a commit was aborted. If `repeats`, the error is taken from the
    /// requests and the transaction instead.
    pub async fn commit(self, writes: Vec<Write>, repeats: bool) -> Result<()> {
        // The caller gets the records that were read before they are written. The transaction stays active while microtasks
        // run.
        for _ in 0..TURNS {
            // This promise never rejects.
            let _ = JsFuture::from(Promise::resolve(&JsValue::UNDEFINED)).await;
        }
        let database = self.database;
        let requests: indexed_db_futures::Result<Vec<VoidRequest>> =
            writes.into_iter().map(|write| self.issue(write)).collect();
        let requests = requests.map_err(|error| database.failed("write", error))?;
        self.end(requests, repeats).await
    }

    /// Writes one record, a JS value, and commits.
    pub async fn put_js(self, store: &str, key: JsValue, record: JsValue) -> Result<()> {
        let database = self.database;
        let request = self.put(store, key, record).map_err(|error| database.failed("write", error))?;
        self.end(vec![request], false).await
    }

    /// Deletes one record, and commits.
    pub async fn delete_js(self, store: &str, key: JsValue) -> Result<()> {
        let database = self.database;
        let request = self.delete(store, key).map_err(|error| database.failed("write", error))?;
        self.end(vec![request], false).await
    }

    async fn end(self, requests: Vec<VoidRequest>, repeats: bool) -> Result<()> {
        let Self { database, inner: transaction, .. } = self;
        let committed = async move {
            if !repeats {
                let committed = transaction.commit().await;
                drop(requests);
                return committed;
            }
            let done = transaction.on_done()?;
            match done.await {
                TransactionFinishKind::Ok => Ok(()),
                TransactionFinishKind::Err | TransactionFinishKind::Abort => {
                    for request in requests {
                        request.await?;
                    }
                    Err(transaction.error().unwrap_or_else(|| UnexpectedDataError::TransactionAborted.into()))
                }
            }
        };
        unless_released(database, "write", committed).await
    }

    fn put(&self, store: &str, key: JsValue, record: JsValue) -> indexed_db_futures::Result<VoidRequest> {
        self.inner.object_store(store)?.put(record).with_key(key).without_key_type().primitive()
    }

    fn delete(&self, store: &str, key: JsValue) -> indexed_db_futures::Result<VoidRequest> {
        self.inner.object_store(store)?.delete(key).primitive()
    }

    fn issue(&self, write: Write) -> indexed_db_futures::Result<VoidRequest> {
        match write {
            Write::Put(table, key, record) => {
                let record = match record {
                    RawRecord::Value(value) => value.to_js().map_err(JsValue::from)?,
                    RawRecord::Js(record) => record,
                };
                self.put(table.name(), to_js(&key), record)
            }
            Write::Delete(table, key) => self.delete(table.name(), to_js(&key)),
            Write::DeleteRange(table, range) => {
                let range = to_js(range.start())..=to_js(range.end());
                self.inner.object_store(table.name())?.delete::<JsValue, _>(range).primitive()
            }
            Write::Clear(table) => self.inner.object_store(table.name())?.clear(),
        }
    }

    async fn unless_released<T>(
        &self,
        work: impl Future<Output = indexed_db_futures::Result<T>>,
    ) -> Result<T> {
        unless_released(self.database, self.verb, work).await
    }
}

/// Waits for work on a database, until the database is released.
async fn unless_released<T>(
    database: &IndexedDb,
    verb: &str,
    work: impl Future<Output = indexed_db_futures::Result<T>>,
) -> Result<T> {
    match select(pin!(work), database.released.clone()).await {
        Either::Left((done, _)) => done.map_err(|error| database.failed(verb, error)),
        Either::Right(_) => Err(database.failed(verb, UnexpectedDataError::TransactionAborted.into())),
    }
}

/// A key in IndexedDB: a string, or `[conversation, time, id]` with the id padded to 20 digits.
pub fn to_js(key: &Key) -> JsValue {
    match key {
        Key::Name(name) => name.into(),
        Key::Block(conversation, MessageKey { timestamp, id }) => {
            let id = format!("{id:020}");
            Array::of3(&conversation.into(), &(*timestamp as f64).into(), &id.into()).into()
        }
    }
}

pub fn from_js(key: &JsValue) -> Option<Key> {
    if let Some(name) = key.as_string() {
        return Some(Key::Name(name));
    }
    let parts: &Array = key.dyn_ref()?;
    let first =
        MessageKey { timestamp: parts.get(1).as_f64()? as u64, id: parts.get(2).as_string()?.parse().ok()? };
    Some(Key::Block(parts.get(0).as_string()?, first))
}

/// The name and the message of an error of the browser.
fn name_and_message(error: Error) -> (String, String) {
    match error {
        Error::DomException(exception) => {
            let exception = web_sys::DomException::from(exception);
            (exception.name(), exception.message())
        }
        Error::MissingData(UnexpectedDataError::TransactionAborted) => {
            ("AbortError".into(), "it was ended".into())
        }
        _ => (String::new(), "it gave an answer that makes no sense".into()),
    }
}

impl DbError {
    /// An error of work on an open database, or of deleting a database.
    pub fn from_browser(verb: &str, error: Error) -> Self {
        let (name, words) = name_and_message(error);
        let (kind, advice) = match &*name {
            "QuotaExceededError" => (
                ErrorKind::Full,
                "the browser's storage is full: free some, or log out of another copy with { wipe: true }",
            ),
            // The connection is closing, closed or lost, or the browser ended the work.
            "InvalidStateError"
            | "AbortError"
            | "UnknownError"
            | "TransactionInactiveError"
            | "TimeoutError" => (
                ErrorKind::Gone,
                "the call changed nothing here and may be repeated; if it goes on failing, open the client anew",
            ),
            // The record or its key has a form that IndexedDB does not store.
            "DataCloneError" | "DataError" => (ErrorKind::Invalid, "the call changed nothing here"),
            // A table is missing.
            "NotFoundError" => (ErrorKind::Damaged, "the local copy is damaged: log out with { wipe: true }"),
            _ => (ErrorKind::Other, "the call changed nothing here"),
        };
        Self::new(kind, format!("could not {verb} the local copy ({words}); {advice}"))
    }

    /// An error of opening a database.
    pub fn from_opening(error: OpenDbError) -> Self {
        let (kind, words) = match error {
            OpenDbError::Base(error) => {
                let (name, words) = name_and_message(error);
                let kind = match &*name {
                    "VersionError" => ErrorKind::Newer,
                    "UnknownError" | "DataError" | "ConstraintError" | "NotFoundError" => ErrorKind::Damaged,
                    _ => ErrorKind::Refused,
                };
                (kind, words)
            }
            // The crate returns this error for everything that `indexedDB.open` throws. The version is never zero.
            OpenDbError::VersionZero => (ErrorKind::Refused, "the browser refused to open it".into()),
            OpenDbError::NullFactory | OpenDbError::UnsupportedEnvironment => {
                (ErrorKind::Refused, "there is no indexedDB here, or none for this page".into())
            }
        };
        let advice = if kind == ErrorKind::Newer {
            "a newer version of this page made it: load the page again"
        } else {
            "IndexedDB must be allowed for this site; some private modes refuse it"
        };
        Self::new(kind, format!("could not open the local copy ({words}); {advice}"))
    }
}

//! The handle of a local copy. It opens the database in the background, and runs units of work in transactions.
//!
//! If the browser closes the database during a transaction, the work is repeated on a new connection. If the storage is
//! full, the local histories are dropped, and the work is repeated.

use super::cache::RecordCache;
use super::clock::{CopyClock, page_time};
#[cfg(not(target_arch = "wasm32"))]
use super::db::Memory;
#[cfg(target_arch = "wasm32")]
use super::db::{self, Connection};
use super::db::{DbError, ErrorKind, Mode, NotLoaded, Table, Transaction};
use super::fault_reporter::FaultReporter;
use super::records::WriteVersion;
use super::unit_of_work::UnitOfWork;
use crate::error::{Error, Result};
use crate::model::RequestTime;
#[cfg(target_arch = "wasm32")]
use crate::platform::{
    self,
    page::{PageLifecycle, PageMonitor},
};
use futures_channel::oneshot;
use futures_util::FutureExt;
use futures_util::future::{Either, LocalBoxFuture, ready, select};
use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;

/// The number of attempts if the database goes away during the work.
const MAX_ATTEMPTS: u32 = 3;

/// The local copy of one user on one device. Cloning the handle is cheap.
#[derive(Clone)]
pub struct Store {
    inner: Rc<Inner>,
}

struct Inner {
    name: String,
    /// A random number that distinguishes this handle from those of other tabs.
    number: u64,
    /// The number of calls that this handle has begun.
    calls: Cell<u32>,
    /// The number of transactions that this handle has begun.
    transactions: Cell<u64>,
    cache: RefCell<RecordCache>,
    clock: Cell<CopyClock>,
    /// A time of this page's clock, and the latest write that was known then.
    write_mark: Cell<Option<(u64, u64)>>,
    database: Database,
    faults: Rc<FaultReporter>,
    #[cfg(target_arch = "wasm32")]
    page_monitor: RefCell<Option<PageMonitor>>,
}

/// A result that is known before it is stored. An answer to the application need not wait for the disk.
pub struct Prepared<R> {
    /// The result.
    pub result: R,
    /// The commit, which returns whether the conversation list changed. It must be awaited or spawned at once: an idle
    /// transaction ends, and a dropped one may be rolled back. Reads that begin now wait for it.
    pub committed: LocalBoxFuture<'static, Result<bool>>,
}

#[cfg(target_arch = "wasm32")]
type Database = Connection;
#[cfg(not(target_arch = "wasm32"))]
type Database = Rc<Memory>;

/// The work in a transaction. It runs again until all records that it needs are loaded, see `db/transaction.rs`.
type Work<'a> = dyn FnMut(&mut UnitOfWork<'_>) -> Result<(), NotLoaded> + 'a;

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("name", &self.inner.name).finish_non_exhaustive()
    }
}

impl Store {
    /// The copy of a user on a device. Returns at once; the database is opened or created in the background.
    #[cfg(target_arch = "wasm32")]
    pub fn open(app_key: &str, user: &str, device: &str) -> Self {
        let name = database_name(app_key, user, device);
        let random = (js_sys::Math::random() * 9e15) as u64;
        let faults = Rc::<FaultReporter>::default();
        let reporter = faults.clone();
        let database = Connection::open(&name, move |fault| reporter.report(fault));
        let store = Self::new(name, random, database, faults);
        let weak = Rc::downgrade(&store.inner);
        let monitor = PageMonitor::listen(move |event| {
            let Some(inner) = weak.upgrade() else { return };
            if event == PageLifecycle::Suspend {
                // A running transaction of a suspended page would block all other tabs until the page is resumed. So it is
                // rolled back now, and repeated then.
                inner.database.release();
                return;
            }
            let store = Self { inner };
            // A read finds out whether the connection still works.
            platform::spawn(async move { drop(store.queue_position("").await) });
        });
        *store.inner.page_monitor.borrow_mut() = Some(monitor);
        store
    }

    /// A copy in memory.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn in_memory() -> Self {
        Self::new("memory".into(), 1, Rc::default(), Rc::default())
    }

    /// The handle of another tab on the same copy.
    #[cfg(all(test, not(target_arch = "wasm32")))]
    pub(super) fn other_tab(&self, number: u64) -> Self {
        Self::new("memory".into(), number, self.inner.database.clone(), Rc::default())
    }

    fn new(name: String, number: u64, database: Database, faults: Rc<FaultReporter>) -> Self {
        let inner = Rc::new(Inner {
            name,
            number,
            calls: Cell::new(0),
            transactions: Cell::new(0),
            cache: RefCell::default(),
            clock: Cell::new(CopyClock::new()),
            write_mark: Cell::new(None),
            database,
            faults,
            #[cfg(target_arch = "wasm32")]
            page_monitor: RefCell::new(None),
        });
        Self { inner }
    }

    pub(super) fn number(&self) -> u64 {
        self.inner.number
    }

    pub(super) fn next_call(&self) -> u32 {
        self.inner.calls.set(self.inner.calls.get().wrapping_add(1));
        self.inner.calls.get()
    }

    /// A version for the next transaction to store. No other transaction has it.
    fn next_version(&self) -> WriteVersion {
        self.inner.transactions.set(self.inner.transactions.get() + 1);
        WriteVersion { tab: self.inner.number, count: self.inner.transactions.get(), time: 0 }
    }

    /// The time of a request that is sent now. Its response must be saved with this time.
    pub fn request_time(&self) -> RequestTime {
        self.inner.clock.get().request_time(page_time())
    }

    /// The time of a write that was the latest one at least `age_ms` ago, measured by this page; 0 if none is known. The next call
    /// counts from this one.
    pub(super) fn old_write(&self, age_ms: u64) -> u64 {
        let (now, latest) = (page_time(), self.inner.clock.get().latest_write());
        match self.inner.write_mark.get() {
            Some((at, _)) if now < at.saturating_add(age_ms) => 0,
            mark => {
                self.inner.write_mark.set(Some((now, latest)));
                mark.map_or(0, |(_, write)| write)
            }
        }
    }

    /// A write with this time is in the copy.
    fn observe_write(&self, time: u64) {
        let mut clock = self.inner.clock.get();
        clock.observe(page_time(), time);
        self.inner.clock.set(clock);
    }

    /// Sets the listener for faults of the copy. It hears of each kind of fault once, also of those before this call.
    pub fn on_fault(&self, listener: impl Fn(Error) + 'static) {
        self.inner.faults.set_listener(listener);
    }

    /// Reports that something could not be stored.
    pub fn report(&self, error: &Error) {
        self.inner.faults.report(DbError::other(error.message.clone()));
    }

    /// The name of the copy, which no other copy of this origin has.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// Whether the database is open.
    pub fn is_open(&self) -> bool {
        self.inner.database.is_open()
    }

    /// Whether the copy lasts only as long as the page. Waits until that is known.
    pub async fn is_in_memory(&self) -> Result<bool> {
        Ok(self.inner.database.is_in_memory().await?)
    }

    /// Closes the database. Running writes are finished, and later calls fail.
    pub fn close(&self) {
        #[cfg(target_arch = "wasm32")]
        drop(self.inner.page_monitor.take());
        self.inner.database.close();
    }

    /// Closes and deletes the copy.
    #[cfg_attr(not(target_arch = "wasm32"), allow(clippy::unused_async))]
    pub async fn wipe(&self) -> Result<()> {
        self.close();
        #[cfg(target_arch = "wasm32")]
        db::delete(&self.inner.name).await?;
        Ok(())
    }

    /// Reads in one transaction.
    pub(super) async fn read<R>(
        &self,
        tables: &[Table],
        mut work: impl FnMut(&mut UnitOfWork<'_>) -> Result<R, NotLoaded>,
    ) -> Result<R> {
        let mut result = None;
        let work = |unit: &mut UnitOfWork<'_>| {
            result = Some(work(unit)?);
            Ok(())
        };
        self.run(Mode::Readonly, tables, Box::new(work)).await?;
        result.ok_or_else(|| DbError::closed().into())
    }

    /// Changes the copy in one transaction. Returns whether the conversation list changed.
    pub(super) fn write<'a>(
        &'a self,
        work: impl FnMut(&mut UnitOfWork<'_>) -> Result<(), NotLoaded> + 'a,
    ) -> LocalBoxFuture<'a, Result<bool>> {
        self.run(Mode::Readwrite, &Table::ALL, Box::new(work))
    }

    /// Changes the copy in one transaction, and returns the result before it is stored.
    pub(super) async fn prepare<R: 'static>(
        &self,
        mut work: impl FnMut(&mut UnitOfWork<'_>) -> Result<R, NotLoaded> + 'static,
    ) -> Result<Prepared<R>> {
        let (sender, receiver) = oneshot::channel();
        let sender = Cell::new(Some(sender));
        let result = Rc::new(Cell::new(None));
        let latest = result.clone();
        let store = self.clone();
        let committed = async move {
            let mut work = |unit: &mut UnitOfWork<'_>| {
                latest.set(Some(work(unit)?));
                Ok(())
            };
            // The first result counts. A repetition may find the changes of the first attempt in the copy.
            let before_commit = || {
                if let (Some(sender), Some(result)) = (sender.take(), latest.take()) {
                    drop(sender.send(result));
                }
            };
            store.run_until_done(Mode::Readwrite, &Table::ALL, &mut work, &before_commit).await
        };
        let closed = || Error::from(DbError::closed());
        match select(committed.boxed_local(), receiver).await {
            Either::Left((committed, receiver)) => {
                let list_changed = committed?;
                let result = receiver.now_or_never().and_then(Result::ok).ok_or_else(closed)?;
                Ok(Prepared { result, committed: ready(Ok(list_changed)).boxed_local() })
            }
            Either::Right((result, committed)) => {
                Ok(Prepared { result: result.map_err(|_| closed())?, committed })
            }
        }
    }

    /// Runs work in a transaction. The boxes make one type of all work, so that this code is compiled once.
    fn run<'a>(
        &'a self,
        mode: Mode,
        tables: &'a [Table],
        mut work: Box<Work<'a>>,
    ) -> LocalBoxFuture<'a, Result<bool>> {
        async move { self.run_until_done(mode, tables, &mut *work, &|| ()).await }.boxed_local()
    }

    /// Runs work in a transaction, and repeats it after faults that a repetition can overcome. `before_commit` is called
    /// when the work has run, before its changes are stored.
    async fn run_until_done(
        &self,
        mode: Mode,
        tables: &[Table],
        work: &mut Work<'_>,
        before_commit: &dyn Fn(),
    ) -> Result<bool> {
        let mut attempts = 0;
        loop {
            let error = match self.attempt(mode, tables, work, before_commit, attempts > 0).await {
                Ok(list_changed) => return Ok(list_changed),
                Err(error) => error,
            };
            if error.kind == ErrorKind::Full && mode == Mode::Readwrite && attempts < MAX_ATTEMPTS {
                attempts = MAX_ATTEMPTS;
                // Removals and positions must be stored. Histories can be fetched again.
                let mut make_room = |unit: &mut UnitOfWork<'_>| {
                    unit.tx.clear(Table::Blocks);
                    unit.tx.clear(Table::Directories);
                    Ok(())
                };
                self.attempt(mode, tables, &mut make_room, &|| (), true).await?;
                self.inner.cache.borrow_mut().clear();
                let message = format!("{}; the local histories were dropped to make room", error.message);
                self.inner.faults.report(DbError::new(ErrorKind::Full, message));
            } else {
                attempts += 1;
                if error.kind != ErrorKind::Gone || attempts >= MAX_ATTEMPTS {
                    return Err(error.into());
                }
            }
        }
    }

    async fn attempt(
        &self,
        mode: Mode,
        tables: &[Table],
        work: &mut Work<'_>,
        before_commit: &dyn Fn(),
        is_repetition: bool,
    ) -> Result<bool, DbError> {
        let backend = self.inner.database.backend().await?;
        let transaction = backend.begin(mode, tables)?;
        let tx = Transaction::default();
        let version = self.next_version();
        let finished = loop {
            let clock = self.inner.clock.get();
            let mut unit = UnitOfWork::new(&tx, clock, &self.inner.cache, version);
            // If the latest write is not loaded yet, the work still runs, so that everything it needs is loaded with it.
            let begun = if mode == Mode::Readwrite { unit.begin_write(clock) } else { Ok(()) };
            let worked = work(&mut unit);
            let found = unit.found();
            match begun.and(worked).and_then(|()| unit.finish()) {
                Ok(finished) => {
                    if let Some(found) = found {
                        self.observe_write(found.time);
                    }
                    break finished;
                }
                Err(NotLoaded) => tx.load_missing(&transaction).await?,
            }
        };
        // The end of a read-only transaction is not awaited.
        if mode == Mode::Readonly {
            return Ok(false);
        }
        before_commit();
        transaction.commit(tx.into_writes(), is_repetition).await?;
        if let Some(time) = finished.wrote_at {
            self.observe_write(time);
        }
        let list_changed = finished.list_changed;
        finished.update_cache(&mut self.inner.cache.borrow_mut());
        Ok(list_changed)
    }
}

/// The name of the database: one for each app, user and device. Slashes separate the parts, and are escaped in them.
#[cfg(target_arch = "wasm32")]
fn database_name(app_key: &str, user: &str, device: &str) -> String {
    let part = |text: &str| text.replace('%', "%25").replace('/', "%2F");
    format!("roamkit/{}/{}/{}", part(app_key), part(&user.to_ascii_lowercase()), part(device))
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use super::super::records::Queue;
    use super::*;

    #[test]
    fn a_tab_learns_of_the_writes_of_other_tabs() {
        let store = Store::in_memory();
        let other = store.other_tab(2);
        let write = |store: &Store| {
            let put = store.write(|unit| {
                unit.tx.put(&"queue".into(), &Queue { position: Some(7), seen: Vec::new() });
                Ok(())
            });
            put.now_or_never().unwrap().unwrap();
        };
        write(&store);
        write(&store);
        other.learn_latest_write().now_or_never().unwrap().unwrap();
        assert_eq!(other.request_time().known_write, store.request_time().known_write);
        write(&store);
        assert!(other.request_time().known_write < store.request_time().known_write);
    }

    #[test]
    fn reads_see_the_changes_of_prepared_work() {
        let store = Store::in_memory();
        let key = "queue".into();
        let prepared = store.prepare(move |unit| {
            let is_known = unit.tx.get::<Queue>(&key)?.is_some();
            unit.tx.put(&key, &Queue { position: Some(7), seen: Vec::new() });
            Ok(is_known)
        });
        let prepared = prepared.now_or_never().unwrap().unwrap();
        assert!(!prepared.result);
        assert_eq!(store.queue_position("queue").now_or_never().unwrap().unwrap(), Some(7));
        assert!(!prepared.committed.now_or_never().unwrap().unwrap(), "the list did not change");
    }
}

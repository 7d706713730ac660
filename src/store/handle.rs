//! Owns the database. It is opened in the background, so that nothing waits for it that need not; where the browser took
//! it away, or there is no room left, the work is repeated. What is wrong with it is said once.

use super::cache::RecordCache;
#[cfg(not(target_arch = "wasm32"))]
use super::db::Memory;
#[cfg(target_arch = "wasm32")]
use super::db::{self, Connection};
use super::db::{DbError, ErrorKind, Mode, NotLoaded, Table, Transaction};
use super::records::WriteVersion;
use super::unit_of_work::UnitOfWork;
use crate::error::{Error, Result};
use crate::platform;
#[cfg(target_arch = "wasm32")]
use crate::platform::page::{PageLifecycle, PageMonitor};
use futures_channel::oneshot;
use futures_util::FutureExt;
use futures_util::future::{Either, LocalBoxFuture, ready, select};
use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;

/// How often work is tried when the database goes away under it.
const TRIES: u32 = 3;

/// The time at which work is done.
pub(super) fn now() -> u64 {
    #[cfg(all(test, not(target_arch = "wasm32")))]
    if let Some(now) = CLOCK.get() {
        return now;
    }
    platform::now()
}

#[cfg(all(test, not(target_arch = "wasm32")))]
thread_local! {
    /// A test's own time; none where it goes by the computer's.
    static CLOCK: Cell<Option<u64>> = const { Cell::new(None) };
}

/// From now on it is that time for this thread's stores.
#[cfg(all(test, not(target_arch = "wasm32")))]
pub(super) fn set_clock(now: u64) {
    CLOCK.set(Some(now));
}

/// The local copy of one user on one device; a cheap handle.
#[derive(Clone)]
pub struct Store {
    inner: Rc<Inner>,
}

struct Inner {
    name: String,
    /// Tells this handle's calls from those of other tabs.
    number: u64,
    calls: Cell<u32>,
    /// The number of transactions that this handle has begun.
    transactions: Cell<u64>,
    cache: RefCell<RecordCache>,
    engine: Engine,
    troubles: Rc<Troubles>,
    #[cfg(target_arch = "wasm32")]
    watch: RefCell<Option<PageMonitor>>,
}

/// Work behind a pointer.
pub(super) type Boxed<'a, T> = LocalBoxFuture<'a, T>;

/// A result that is known before it is written.
pub(super) struct Prepared<R> {
    /// The result. Reads that begin now find it in the copy: they wait for the transaction that writes it.
    pub(super) value: R,
    /// Writes it; tells whether the conversation list changed. It is to be spawned or awaited at once: a transaction that
    /// has nothing to do ends. Dropped, it writes nothing.
    pub(super) committed: LocalBoxFuture<'static, Result<bool>>,
}

/// What keeps the records.
#[cfg(target_arch = "wasm32")]
type Engine = Connection;
#[cfg(not(target_arch = "wasm32"))]
type Engine = Rc<Memory>;

type Listener = Rc<dyn Fn(Error)>;

/// What is to be done in a transaction. It is run more than once: see `db/transaction.rs`.
type Task<'a> = dyn FnMut(&mut UnitOfWork<'_>) -> Result<(), NotLoaded> + 'a;

/// What is wrong, told once of each kind.
#[derive(Default)]
struct Troubles {
    /// Which kinds were told, a bit each.
    told: Cell<u32>,
    to: RefCell<Option<Listener>>,
    waiting: RefCell<Vec<Error>>,
}

impl Troubles {
    fn tell(&self, fault: DbError) {
        let told = self.told.get() | 1 << fault.kind as u32;
        if self.told.replace(told) == told {
            return;
        }
        let error = Error::from(fault);
        let to = self.to.borrow().clone();
        match to {
            Some(to) => to(error),
            None => self.waiting.borrow_mut().push(error),
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("name", &self.inner.name).finish_non_exhaustive()
    }
}

impl Store {
    /// The copy of a user on a device. Returns at once; the database is opened, or made, in the background.
    #[cfg(target_arch = "wasm32")]
    pub fn open(app_key: &str, user: &str, device: &str) -> Self {
        let name = name(app_key, user, device);
        let random = (js_sys::Math::random() * 9e15) as u64;
        let troubles = Rc::<Troubles>::default();
        let to = troubles.clone();
        let engine = Connection::open(&name, move |fault| to.tell(fault));
        let store = Self::new(name, random, engine, troubles);
        let weak = Rc::downgrade(&store.inner);
        let page = PageMonitor::listen(move |life| {
            let Some(inner) = weak.upgrade() else { return };
            if life == PageLifecycle::Suspend {
                // What a page that sleeps has begun would go on when it wakes, and until then no other tab could read or
                // write: it is ended, and repeated then.
                inner.engine.let_go();
                return;
            }
            let store = Self { inner };
            // Reading anything finds out whether the connection still stands.
            platform::spawn(async move { drop(store.position("").await) });
        });
        *store.inner.watch.borrow_mut() = Some(page);
        store
    }

    /// A copy in memory.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn in_memory() -> Self {
        Self::new("memory".into(), 1, Rc::default(), Rc::default())
    }

    /// Another tab's handle on the same copy.
    #[cfg(all(test, not(target_arch = "wasm32")))]
    pub(super) fn other_tab(&self, number: u64) -> Self {
        Self::new("memory".into(), number, self.inner.engine.clone(), Rc::default())
    }

    fn new(name: String, number: u64, engine: Engine, troubles: Rc<Troubles>) -> Self {
        let inner = Rc::new(Inner {
            name,
            number,
            calls: Cell::new(0),
            transactions: Cell::new(0),
            cache: RefCell::default(),
            engine,
            troubles,
            #[cfg(target_arch = "wasm32")]
            watch: RefCell::new(None),
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

    /// The version to store by the next transaction that writes.
    fn next_version(&self) -> WriteVersion {
        self.inner.transactions.set(self.inner.transactions.get() + 1);
        WriteVersion { tab: self.inner.number, count: self.inner.transactions.get() }
    }

    /// Who hears what is wrong with the copy, once of each kind; what is wrong already is told at once.
    pub fn on_trouble(&self, to: impl Fn(Error) + 'static) {
        let to: Listener = Rc::new(to);
        *self.inner.troubles.to.borrow_mut() = Some(to.clone());
        for error in self.inner.troubles.waiting.take() {
            to(error);
        }
    }

    /// Says that something could not be kept; once.
    pub fn report(&self, error: &Error) {
        self.inner.troubles.tell(DbError::other(error.message.clone()));
    }

    /// What tells this copy from others on this origin.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// Whether the copy is there: if not, what need not wait for it does not.
    pub fn is_open(&self) -> bool {
        self.inner.engine.is_open()
    }

    /// Whether the copy lasts only as long as the page. Waits until that is known.
    pub async fn is_in_memory(&self) -> Result<bool> {
        Ok(self.inner.engine.is_in_memory().await?)
    }

    /// Lets go of the database; every later call fails. What is being written is still written.
    pub fn close(&self) {
        #[cfg(target_arch = "wasm32")]
        drop(self.inner.watch.take());
        self.inner.engine.close();
    }

    /// Closes and deletes the copy.
    #[cfg_attr(not(target_arch = "wasm32"), allow(clippy::unused_async))]
    pub async fn wipe(&self) -> Result<()> {
        self.close();
        #[cfg(target_arch = "wasm32")]
        db::delete(&self.inner.name).await?;
        Ok(())
    }

    /// Reads in one transaction, again if the database goes away meanwhile.
    pub(super) async fn read<R>(
        &self,
        tables: &[Table],
        mut task: impl FnMut(&mut UnitOfWork<'_>) -> Result<R, NotLoaded>,
    ) -> Result<R> {
        let mut result = None;
        let task = |work: &mut UnitOfWork<'_>| {
            result = Some(task(work)?);
            Ok(())
        };
        self.run(Mode::Readonly, tables, Box::new(task)).await?;
        result.ok_or_else(|| DbError::closed().into())
    }

    /// Changes the copy in one transaction, again if the database goes away meanwhile. Tells whether the conversation
    /// list changed.
    pub(super) fn write<'a>(
        &'a self,
        task: impl FnMut(&mut UnitOfWork<'_>) -> Result<(), NotLoaded> + 'a,
    ) -> Boxed<'a, Result<bool>> {
        self.run(Mode::Readwrite, &Table::ALL, Box::new(task))
    }

    /// Changes the copy as [`Store::write`] does, and gives the result as soon as the work has run, before it is written.
    pub(super) async fn prepare<R: 'static>(
        &self,
        mut task: impl FnMut(&mut UnitOfWork<'_>) -> Result<R, NotLoaded> + 'static,
    ) -> Result<Prepared<R>> {
        let (told, value) = oneshot::channel();
        let told = Cell::new(Some(told));
        let result = Rc::new(Cell::new(None));
        let latest = result.clone();
        let store = self.clone();
        let committed = async move {
            let mut task = |work: &mut UnitOfWork<'_>| {
                latest.set(Some(task(work)?));
                Ok(())
            };
            // The first result counts: a repetition finds what it changed already there.
            let done = || {
                if let (Some(told), Some(value)) = (told.take(), latest.take()) {
                    drop(told.send(value));
                }
            };
            store.repeat(Mode::Readwrite, &Table::ALL, &mut task, &done).await
        };
        let lost = || Error::from(DbError::closed());
        match select(committed.boxed_local(), value).await {
            Either::Left((committed, value)) => {
                let changed = committed?;
                let value = value.now_or_never().and_then(Result::ok).ok_or_else(lost)?;
                Ok(Prepared { value, committed: ready(Ok(changed)).boxed_local() })
            }
            Either::Right((value, committed)) => {
                Ok(Prepared { value: value.map_err(|_| lost())?, committed })
            }
        }
    }

    /// Behind pointers: opening, beginning, repeating and committing are compiled once, not for each kind of work.
    fn run<'a>(
        &'a self,
        mode: Mode,
        tables: &'a [Table],
        mut task: Box<Task<'a>>,
    ) -> Boxed<'a, Result<bool>> {
        async move { self.repeat(mode, tables, &mut *task, &|| ()).await }.boxed_local()
    }

    /// Does work in a transaction, again if the database goes away meanwhile. Calls `done` when the work has run and is
    /// about to be written.
    async fn repeat(
        &self,
        mode: Mode,
        tables: &[Table],
        task: &mut Task<'_>,
        done: &dyn Fn(),
    ) -> Result<bool> {
        let mut tries = 0;
        loop {
            let error = match self.attempt(mode, tables, task, done, tries > 0).await {
                Ok(changed) => return Ok(changed),
                Err(error) => error,
            };
            if error.kind == ErrorKind::Full && mode == Mode::Readwrite && tries < TRIES {
                tries = TRIES;
                // Histories go, which can be fetched again, so that removals and positions can be kept.
                let mut make_room = |work: &mut UnitOfWork<'_>| {
                    work.tx.clear(Table::Blocks);
                    work.tx.clear(Table::Directories);
                    Ok(())
                };
                self.attempt(mode, tables, &mut make_room, &|| (), true).await?;
                let message = format!("{}; the local histories were dropped to make room", error.message);
                self.inner.troubles.tell(DbError::new(ErrorKind::Full, message));
            } else {
                tries += 1;
                if error.kind != ErrorKind::Gone || tries >= TRIES {
                    return Err(error.into());
                }
            }
        }
    }

    async fn attempt(
        &self,
        mode: Mode,
        tables: &[Table],
        task: &mut Task<'_>,
        done: &dyn Fn(),
        repeats: bool,
    ) -> Result<bool, DbError> {
        let backend = self.inner.engine.backend().await?;
        let transaction = backend.begin(mode, tables)?;
        let tx = Transaction::default();
        let (now, version) = (now(), self.next_version());
        let finished = loop {
            let mut work = UnitOfWork::new(&tx, now, &self.inner.cache, version);
            match task(&mut work).and_then(|()| work.finish()) {
                Ok(finished) => break finished,
                Err(NotLoaded) => tx.load_missing(&transaction).await?,
            }
        };
        // Nobody waits for the end of a transaction that only read.
        if mode == Mode::Readonly {
            return Ok(false);
        }
        done();
        transaction.commit(tx.into_writes(), repeats).await?;
        let changed = finished.list_changed;
        finished.update_cache(&mut self.inner.cache.borrow_mut());
        Ok(changed)
    }
}

/// The name of a database: one for each app, user and device. The separator cannot stand in a part.
#[cfg(target_arch = "wasm32")]
fn name(app_key: &str, user: &str, device: &str) -> String {
    let part = |text: &str| text.replace('%', "%25").replace('/', "%2F");
    format!("roamkit/{}/{}/{}", part(app_key), part(&user.to_ascii_lowercase()), part(device))
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use super::super::records::Queue;
    use super::*;

    #[test]
    fn a_prepared_result_is_there_and_so_is_what_it_wrote() {
        let store = Store::in_memory();
        let key = "queue".into();
        let prepared = store.prepare(move |work| {
            let known = work.tx.get::<Queue>(&key)?.is_some();
            work.tx.put(&key, &Queue { position: Some(7), seen: Vec::new() });
            Ok(known)
        });
        let prepared = prepared.now_or_never().unwrap().unwrap();
        assert!(!prepared.value);
        assert_eq!(store.position("queue").now_or_never().unwrap().unwrap(), Some(7));
        assert!(!prepared.committed.now_or_never().unwrap().unwrap(), "the list did not change");
    }
}

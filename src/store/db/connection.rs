//! The connection to the database of a local copy. It is opened in the background, so that calls without a need for it do not
//! wait. It is opened again after the browser closed the database, as WebKit does for pages in the background. Where there is no
//! database, it is memory.

use super::backend::Backend;
use super::error::{DbError, ErrorKind, Result};
use super::indexed_db::{self, IndexedDb, Upgrade};
use super::memory::Memory;
use super::migrations;
use crate::platform::within;
use futures_channel::oneshot;
use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, Shared};
use gloo_timers::future::TimeoutFuture;
use indexed_db_futures::database::Database;
use indexed_db_futures::error::OpenDbError;
use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;

/// The time limit for opening or deleting, in milliseconds. While another tab holds an older version open, an upgrade would
/// wait forever.
const TIMEOUT_MS: u32 = 3_000;

type Opening = Shared<LocalBoxFuture<'static, Result<Backend>>>;

enum State {
    Opening(Opening),
    Open(Backend),
    /// Opening it again failed. The next call tries again.
    Lost,
    Closed,
}

struct Inner {
    name: String,
    on_error: Box<dyn Fn(DbError)>,
    state: RefCell<State>,
}

/// The connection to a copy's database. Dropping it closes the database.
pub struct Connection(Rc<Inner>);

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("name", &self.0.name).finish_non_exhaustive()
    }
}

impl Connection {
    /// Returns at once. The database is opened, or created, in the background. `on_error` hears of errors that no call returns.
    pub fn open(name: &str, on_error: impl Fn(DbError) + 'static) -> Self {
        let on_error = Box::new(on_error);
        let inner = Inner { name: name.to_owned(), on_error, state: RefCell::new(State::Lost) };
        let inner = Rc::new(inner);
        let first = inner.clone();
        drop(inner.start(async move { Ok(first.open_first().await) }.boxed_local()));
        Self(inner)
    }

    /// The database. Opens it again if it was lost.
    pub async fn backend(&self) -> Result<Backend> {
        let opening = match &*self.0.state.borrow() {
            State::Closed => return Err(DbError::closed()),
            State::Open(Backend::IndexedDb(database)) if database.is_gone() => None,
            State::Open(backend) => return Ok(backend.clone()),
            State::Opening(opening) => Some(opening.clone()),
            State::Lost => None,
        };
        let opening = opening.unwrap_or_else(|| {
            let name = self.0.name.clone();
            self.0.start(
                async move {
                    // A page that released the database is about to be suspended. This timer fires after it is resumed.
                    TimeoutFuture::new(0).await;
                    open(&name).await.map(Backend::IndexedDb)
                }
                .boxed_local(),
            )
        });
        opening.await
    }

    /// Whether the database was opened.
    pub fn is_open(&self) -> bool {
        matches!(&*self.0.state.borrow(), State::Open(_))
    }

    /// Whether the records last only as long as the page. Waits until the database is open.
    pub async fn is_in_memory(&self) -> Result<bool> {
        Ok(matches!(self.backend().await?, Backend::Memory(_)))
    }

    /// Rolls back all running transactions, and closes the database. The next call opens it again.
    pub fn release(&self) {
        if let State::Open(Backend::IndexedDb(database)) = &*self.0.state.borrow() {
            database.release();
        }
    }

    /// Closes the database for good.
    pub fn close(&self) {
        let was = self.0.state.replace(State::Closed);
        if let State::Open(backend) = was {
            close(&backend);
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.close();
    }
}

fn close(backend: &Backend) {
    if let Backend::IndexedDb(database) = backend {
        database.close();
    }
}

impl Inner {
    fn start(self: &Rc<Self>, opening: LocalBoxFuture<'static, Result<Backend>>) -> Opening {
        let inner = self.clone();
        let opening = async move {
            let opened = opening.await;
            let mut state = inner.state.borrow_mut();
            if matches!(*state, State::Closed) {
                if let Ok(backend) = &opened {
                    close(backend);
                }
                return Err(DbError::closed());
            }
            *state = opened.as_ref().map_or(State::Lost, |backend| State::Open(backend.clone()));
            opened
        };
        let opening = opening.boxed_local().shared();
        *self.state.borrow_mut() = State::Opening(opening.clone());
        spawn_local(opening.clone().map(drop));
        opening
    }

    /// Opens the database for the first time. A damaged database is created again, and without a database the records are in
    /// memory. Later attempts do neither: memory would acknowledge facts that the database never gets.
    async fn open_first(&self) -> Backend {
        match self.open_or_recreate().await {
            Ok(database) => Backend::IndexedDb(database),
            Err(error) => {
                let words = &error.message;
                let message = format!("{words}; until the page is loaded again the copy is kept in memory");
                self.report(DbError::new(ErrorKind::Refused, message));
                Backend::Memory(Rc::new(Memory::default()))
            }
        }
    }

    async fn open_or_recreate(&self) -> Result<Rc<IndexedDb>> {
        match open(&self.name).await {
            Err(damaged) if damaged.kind == ErrorKind::Damaged => {
                delete(&self.name).await?;
                let database = open(&self.name).await?;
                let message = format!("{}; an empty one took its place", damaged.message);
                self.report(DbError::new(ErrorKind::Damaged, message));
                Ok(database)
            }
            opened => opened,
        }
    }

    fn report(&self, error: DbError) {
        if !matches!(*self.state.borrow(), State::Closed) {
            (self.on_error)(error);
        }
    }
}

/// Opens a copy's database.
async fn open(name: &str) -> Result<Rc<IndexedDb>> {
    open_in_time(name, migrations::VERSION, migrations::upgrade).await
}

/// Opens a database within [`TIMEOUT_MS`]. A connection that opens later is closed again.
pub async fn open_in_time(name: &str, version: u32, upgrade: Upgrade) -> Result<Rc<IndexedDb>> {
    let (opened, later) = oneshot::channel();
    let name = name.to_owned();
    // This runs in the background, because it must go on after the time limit.
    spawn_local(async move {
        if let Err(Ok(late)) = opened.send(indexed_db::open(&name, version, upgrade).await) {
            late.close();
        }
    });
    match within(TIMEOUT_MS, later).await {
        Some(Ok(opened)) => opened.map_err(DbError::from_opening),
        Some(Err(_)) | None => {
            let message = "the local copy could not be opened in time: perhaps another tab with an older version of this page \
                           holds it; close that one";
            Err(DbError::new(ErrorKind::Refused, message))
        }
    }
}

/// Deletes a database. Other tabs are asked to close it, and the browser waits until they have. Without IndexedDB there is
/// nothing to delete.
pub async fn delete(name: &str) -> Result<()> {
    let failed = |error| DbError::from_browser("delete", error);
    let request = match Database::delete_by_name(name) {
        Ok(request) => request,
        Err(OpenDbError::Base(error)) => return Err(failed(error)),
        Err(_) => return Ok(()),
    };
    match within(TIMEOUT_MS, request).await {
        Some(deleted) => deleted.map_err(failed),
        None => {
            let message = "the local copy could not be deleted yet, because another tab holds it; it goes when that one is closed";
            Err(DbError::other(message))
        }
    }
}

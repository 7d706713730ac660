//! The copy on disk: IndexedDB.

mod codec;
pub(super) mod device;
mod failure;
mod news;
mod requests;
mod running;
mod schema;
mod tx;
mod upgrade;

pub(super) use codec::{Form, read, write};
pub(super) use tx::Tx;

use super::fault::{Fault, Kind, Result};
use super::tx::{Mode, Table};
use crate::later::pair;
use crate::platform;
use failure::{failed, failed_to_open, no_databases};
use indexed_db_futures::factory::DBFactory;
use indexed_db_futures::internals::SystemRepr;
use roamkit_wire::text;
use running::Running;
use std::cell::Cell;
use std::fmt;
use std::rc::Rc;
use upgrade::Upgrade;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::IdbDatabase;

/// How long opening or deleting may take, ms. An upgrade waits for ever for a tab that does not let go.
const PATIENCE_MS: u32 = 3_000;

/// One database for each app, user and device. What parts the name from its neighbour cannot stand in a part.
pub(super) fn name(app_key: &str, user: &str, device: &str) -> String {
    let part = |text: &str| {
        let mut part = String::new();
        for sign in text.chars() {
            match sign {
                '%' => part.push_str("%25"),
                '/' => part.push_str("%2F"),
                other => part.push(other),
            }
        }
        part
    };
    text!["roamkit/", part(app_key), "/", part(&user.to_ascii_lowercase()), "/", part(device)]
}

/// A connection to a database.
pub(super) struct Disk {
    db: IdbDatabase,
    gone: Rc<Cell<bool>>,
    running: Running,
    _let_go: Closure<dyn FnMut()>,
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Disk").field("gone", &self.gone).finish_non_exhaustive()
    }
}

impl Disk {
    fn new(db: IdbDatabase) -> Self {
        let gone = Rc::new(Cell::new(false));
        let (handle, flag) = (db.clone(), gone.clone());
        // Another tab wants to delete or upgrade it, or the browser took it away.
        let let_go = Closure::<dyn FnMut()>::new(move || {
            flag.set(true);
            handle.close();
        });
        db.set_onversionchange(Some(let_go.as_ref().unchecked_ref()));
        db.set_onclose(Some(let_go.as_ref().unchecked_ref()));
        Self { db, gone, running: Running::default(), _let_go: let_go }
    }

    pub(super) fn is_gone(&self) -> bool {
        self.gone.get()
    }

    pub(super) fn close(&self) {
        self.gone.set(true);
        self.db.set_onversionchange(None);
        self.db.set_onclose(None);
        self.db.close();
    }

    /// Ends whatever runs on it, and the connection.
    pub(super) fn let_go(&self) {
        self.close();
        self.running.abort();
    }

    pub(super) fn begin(&self, mode: Mode, tables: &[Table]) -> Result<Tx> {
        Tx::begin(&self.db, &self.running, mode, tables)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.close();
    }
}

/// Opens a copy's database, or makes it.
pub(super) async fn open(name: &str) -> Result<Disk> {
    Ok(Disk::new(connect(name, schema::VERSION, schema::upgrade).await?))
}

/// Opens a database. Gives up after a while; a connection that comes about later is closed again. The library finds the
/// platform's databases, wherever this runs; its own waiting for a request brings channels for threads, 2 KB of them.
async fn connect(name: &str, version: u8, upgrade: upgrade::Steps) -> Result<IdbDatabase> {
    let databases = DBFactory::new().map_err(|_| no_databases())?;
    let request = databases.as_sys().open_with_u32(name, version.into()).map_err(failed_to_open)?;
    let upgrade = Upgrade::of(&request, upgrade);
    let (tell, opened) = pair();
    platform::spawn(async move {
        let opened = requests::opened(&request).await;
        drop(upgrade);
        if let Err(Ok(late)) = tell.tell(opened) {
            late.close();
        }
    });
    match platform::within(PATIENCE_MS, opened).await {
        Some(Some(opened)) => opened.map_err(failed_to_open),
        _ => Err(Fault::new(
            Kind::Refused,
            "the local copy could not be opened in time: perhaps another tab with an older version of this page \
             holds it; close that one",
        )),
    }
}

/// Deletes a database. Other tabs let go of it when they hear of it; while one does not, it waits.
pub(super) async fn delete(name: &str) -> Result<()> {
    match platform::within(PATIENCE_MS, requests::delete_database(name)).await {
        Some(deleted) => deleted.map_err(|error| failed("delete", &error)),
        None => Err(Fault::other(
            "the local copy could not be deleted yet, because another tab holds it; it goes when that one is closed",
        )),
    }
}

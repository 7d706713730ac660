//! The copy on disk: IndexedDB; and, where there is none, in the page's memory, which JS makes look the same.

mod codec;
pub(super) mod device;
mod failure;
mod news;
mod requests;
mod schema;
mod tx;

pub(super) use codec::{Form, read, write};
pub(super) use tx::{Answer, On};

use super::fault::{Fault, Kind, Result};
use super::tx::{Mode, Table};
use failure::{failed, failed_to_open, no_databases};
use indexed_db_futures::factory::DBFactory;
use indexed_db_futures::internals::SystemRepr;
use requests::{Database, Schema};
use roamkit_wire::text;
use std::fmt;

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

/// A connection to a database, or what is in its place.
pub(super) struct Disk {
    database: Database,
    in_memory: bool,
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Disk").field("gone", &self.is_gone()).finish_non_exhaustive()
    }
}

impl Disk {
    /// Records that last as long as the page.
    pub(super) fn in_memory() -> Self {
        Self { database: Database::in_memory(), in_memory: true }
    }

    pub(super) const fn is_in_memory(&self) -> bool {
        self.in_memory
    }

    pub(super) fn is_gone(&self) -> bool {
        self.database.gone()
    }

    pub(super) fn close(&self) {
        self.database.close();
    }

    /// Ends whatever runs on it, and the connection.
    pub(super) fn let_go(&self) {
        self.database.let_go();
    }

    pub(super) fn begin(&self, mode: Mode, tables: &[Table]) -> Result<On> {
        On::begin(&self.database, mode, tables)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.close();
    }
}

/// Opens a copy's database, or makes it.
pub(super) async fn open(name: &str) -> Result<Disk> {
    connect(name, schema::schema()).await.map(|database| Disk { database, in_memory: false })
}

/// Opens a database. Gives up after a while; a connection that comes about later is closed again. The library finds the
/// platform's databases, wherever this runs; its own waiting for a request brings channels for threads, 2 KB of them.
async fn connect(name: &str, schema: Schema) -> Result<Database> {
    let databases = DBFactory::new().map_err(|_| no_databases())?;
    let opened = requests::opened(databases.as_sys(), name, schema, PATIENCE_MS).await;
    opened.map_err(failed_to_open)?.ok_or_else(|| {
        Fault::new(
            Kind::Refused,
            "the local copy could not be opened in time: perhaps another tab with an older version of this page \
             holds it; close that one",
        )
    })
}

/// Deletes a database. Other tabs let go of it when they hear of it; while one does not, it waits.
pub(super) async fn delete(name: &str) -> Result<()> {
    match requests::delete_database(name, PATIENCE_MS).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Fault::other(
            "the local copy could not be deleted yet, because another tab holds it; it goes when that one is closed",
        )),
        Err(error) => Err(failed("delete", &error)),
    }
}

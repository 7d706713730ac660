//! Everything kept, behind functions named for what is asked. All SQL is in this folder, and all of it is plain
//! enough for another engine: numbered parameters, upserts, row values; no engine's own functions.
//!
//! Functions take a connection, so that callers put several into one transaction. Ids are made **inside** the
//! writing transaction, of which there is one at a time: commit order is id order, and a reader that has seen an
//! id has seen all smaller ones.

pub(crate) mod devices;
pub(crate) mod directs;
pub(crate) mod entries;
pub(crate) mod groups;
pub(crate) mod history;
pub(crate) mod messages;
pub(crate) mod queues;
pub(crate) mod removals;
pub(crate) mod tokens;
pub(crate) mod users;

use roamkit_wire::conversation::ChatType;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Sqlite, SqlitePool, Transaction};
use std::str::FromStr;
use std::time::Duration;

/// The engine.
pub(crate) type Db = Sqlite;
/// What the store's functions work on.
pub(crate) type Conn = sqlx::SqliteConnection;
/// How they can fail: a bad request never makes them.
pub(crate) type Result<T> = std::result::Result<T, sqlx::Error>;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/sqlite");

/// The open database.
#[derive(Debug)]
pub(crate) struct Store {
    read: SqlitePool,
    write: SqlitePool,
}

impl Store {
    /// Opens or makes the database and brings its schema up to date.
    pub(crate) async fn open(url: &str) -> std::result::Result<Self, crate::StartError> {
        let in_memory = url.contains(":memory:");
        let options = SqliteConnectOptions::from_str(url)?
            .create_if_missing(true)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal);
        // One connection writes. In memory it is also the only one, and must never be closed: the data is in it.
        let one = || {
            SqlitePoolOptions::new()
                .max_connections(1)
                .min_connections(1)
                .idle_timeout(None)
                .max_lifetime(None)
        };
        let write = one().connect_with(options.clone()).await?;
        MIGRATIONS.run(&write).await?;
        let read = if in_memory {
            write.clone()
        } else {
            SqlitePoolOptions::new().max_connections(8).connect_with(options).await?
        };
        Ok(Self { read, write })
    }

    /// A connection for reading. In memory it is the one connection: give it back before beginning to write.
    pub(crate) async fn read(&self) -> Result<PoolConnection<Db>> {
        self.read.acquire().await
    }

    /// A writing transaction, alone of its kind until it is committed or dropped.
    pub(crate) async fn write(&self) -> Result<Transaction<'static, Db>> {
        self.write.begin_with("BEGIN IMMEDIATE").await
    }

    /// The largest id in use, of those that must never come twice or fall back.
    pub(crate) async fn newest_id(&self) -> Result<i64> {
        let sql = "SELECT MAX(id) FROM (SELECT MAX(id) AS id FROM messages UNION ALL SELECT MAX(seq) FROM deliveries
                   UNION ALL SELECT MAX(before_id) FROM removal_marks) AS used";
        let id: Option<i64> = sqlx::query_scalar(sql).fetch_one(&mut *self.read().await?).await?;
        Ok(id.unwrap_or(0))
    }

    /// Writes out what is pending and closes the files.
    pub(crate) async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

/// The stored number of a conversation type.
pub(crate) const fn kind_number(chat_type: ChatType) -> i64 {
    match chat_type {
        ChatType::Single => 0,
        ChatType::Group => 1,
        ChatType::Room => 2,
    }
}

/// The conversation type of a stored number.
pub(crate) const fn kind_of(number: i64) -> ChatType {
    match number {
        1 => ChatType::Group,
        2 => ChatType::Room,
        _ => ChatType::Single,
    }
}

//! The two engines: how they are opened, and what a transaction is on each.

use super::{Conn, Result};
use crate::ids::Ids;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AnyPool, Connection as _, Executor as _, Transaction};
use std::ops::{Deref, DerefMut};
use std::str::FromStr as _;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

static SQLITE: sqlx::migrate::Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: sqlx::migrate::Migrator = sqlx::migrate!("migrations/postgres");

/// Where the data is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    /// A file of this process, or its memory.
    Sqlite,
    /// A database that several nodes share.
    Postgres,
}

impl Engine {
    /// The engine that a URL names.
    pub(crate) fn of(url: &str) -> Self {
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Self::Postgres
        } else {
            Self::Sqlite
        }
    }
}

/// The open database.
#[derive(Debug)]
pub(crate) struct Store {
    engine: Engine,
    ids: Arc<Ids>,
    read: AnyPool,
    write: AnyPool,
    /// Holds a database in memory, whatever becomes of the pools' connections.
    _keeper: Mutex<Option<AnyConnection>>,
}

impl Store {
    /// Opens or makes the database and brings its schema up to date.
    pub(crate) async fn open(
        url: &str,
        connections: u32,
        ids: Arc<Ids>,
    ) -> std::result::Result<Self, crate::StartError> {
        sqlx::any::install_default_drivers();
        match Engine::of(url) {
            Engine::Sqlite => Self::sqlite(url, connections, ids).await,
            Engine::Postgres => Self::postgres(url, connections, ids).await,
        }
    }

    async fn sqlite(
        url: &str,
        connections: u32,
        ids: Arc<Ids>,
    ) -> std::result::Result<Self, crate::StartError> {
        let in_memory = url.contains(":memory:");
        let url = match url {
            // A name of its own, by which a pool that has to connect again finds it again.
            _ if in_memory => {
                static COUNT: AtomicU32 = AtomicU32::new(0);
                format!(
                    "sqlite:file:roamkit-{}?mode=memory&cache=shared",
                    COUNT.fetch_add(1, Ordering::Relaxed)
                )
            }
            url if url.contains("mode=") => url.to_owned(),
            url if url.contains('?') => format!("{url}&mode=rwc"),
            url => format!("{url}?mode=rwc"),
        };
        let options = AnyConnectOptions::from_str(&url)?;
        // It lasts as long as anybody is connected to it.
        let keeper = if in_memory { Some(AnyConnection::connect_with(&options).await?) } else { None };
        // An answer means that it is on the disk: FULL. What is read is mapped instead of copied, as far as it goes.
        let pool = || {
            AnyPoolOptions::new().after_connect(|conn, _| {
                Box::pin(async move {
                    conn.execute(
                        "PRAGMA busy_timeout = 10000; PRAGMA foreign_keys = ON; PRAGMA journal_mode = WAL; \
                         PRAGMA synchronous = FULL; PRAGMA cache_size = -8192; PRAGMA mmap_size = 1073741824",
                    )
                    .await?;
                    Ok(())
                })
            })
        };
        // One connection writes. In memory it also reads: several would lock each other out.
        let one = pool().max_connections(1).min_connections(1).idle_timeout(None).max_lifetime(None);
        let write = one.connect_with(options.clone()).await?;
        SQLITE.run(&write).await?;
        let read = if in_memory {
            write.clone()
        } else {
            pool().max_connections(connections).connect_with(options).await?
        };
        let store = Self { engine: Engine::Sqlite, ids, read, write, _keeper: Mutex::new(keeper) };
        store.ids.above(store.newest_id().await?);
        Ok(store)
    }

    async fn postgres(
        url: &str,
        connections: u32,
        ids: Arc<Ids>,
    ) -> std::result::Result<Self, crate::StartError> {
        let options = AnyConnectOptions::from_str(url)?;
        // Those that wait for their turn to write must not keep readers out: half of the connections each.
        let pool = |most: u32| AnyPoolOptions::new().max_connections(most.max(2)).acquire_timeout(PATIENCE);
        let write = pool(connections / 2).connect_with(options.clone()).await?;
        POSTGRES.run(&write).await?;
        let read = pool(connections - connections / 2).connect_with(options).await?;
        Ok(Self { engine: Engine::Postgres, ids, read, write, _keeper: Mutex::new(None) })
    }

    /// An empty one, for tests.
    #[cfg(test)]
    pub(crate) async fn in_memory() -> Self {
        Self::open("sqlite::memory:", 1, Arc::new(Ids::new(0))).await.expect("a database in memory")
    }

    /// What keeps the data.
    pub(crate) fn engine(&self) -> Engine {
        self.engine
    }

    /// Whether other nodes may be at work on the same data.
    pub(crate) fn is_shared(&self) -> bool {
        self.engine == Engine::Postgres
    }

    /// A connection for reading. In memory it is the one connection: give it back before beginning to write.
    pub(crate) async fn read(&self) -> Result<PoolConnection<Any>> {
        self.read.acquire().await
    }

    /// A writing transaction, alone of its kind until it is committed or dropped.
    pub(crate) async fn write(&self) -> Result<Write> {
        let mut write = self.write_beside().await?;
        if self.engine == Engine::Postgres {
            let newest: i64 = sqlx::query_scalar("SELECT newest FROM clock WHERE id = 1 FOR UPDATE")
                .fetch_one(&mut *write)
                .await?;
            self.ids.above(newest);
            write.clock = Some(self.ids.clone());
        }
        Ok(write)
    }

    /// A writing transaction that makes no id that others compare with theirs, and that needs no turn of its own.
    pub(crate) async fn write_beside(&self) -> Result<Write> {
        let begin = match self.engine {
            Engine::Sqlite => "BEGIN IMMEDIATE",
            Engine::Postgres => "BEGIN",
        };
        Ok(Write { tx: self.write.begin_with(begin).await?, engine: self.engine, clock: None })
    }

    /// Whether the database answers.
    pub(crate) async fn ping(&self) -> Result<()> {
        sqlx::query("SELECT 1").execute(&mut *self.read().await?).await.map(drop)
    }

    /// The connections there are: for what, how many, and how many of them idle.
    pub(crate) fn connections(&self) -> [(&'static str, i64, i64); 2] {
        [("read", &self.read), ("write", &self.write)]
            .map(|(name, pool)| (name, pool.size().into(), pool.num_idle() as i64))
    }

    /// The largest id in use, of those that must never come twice or fall back.
    async fn newest_id(&self) -> Result<i64> {
        let sql = "SELECT MAX(id) FROM (SELECT MAX(id) AS id FROM messages UNION ALL SELECT MAX(seq) FROM deliveries
                   UNION ALL SELECT MAX(before_id) FROM removal_marks) AS used";
        let id: Option<i64> = sqlx::query_scalar(sql).fetch_one(&mut *self.read().await?).await?;
        Ok(id.unwrap_or(0))
    }

    /// Writes out what is pending and closes the connections.
    pub(crate) async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

/// How long a request waits for a connection to the database.
const PATIENCE: Duration = Duration::from_secs(10);

/// A writing transaction. Dropped without [`Write::commit`] it leaves everything as it was.
#[derive(Debug)]
pub(crate) struct Write {
    tx: Transaction<'static, Any>,
    engine: Engine,
    /// Where the nodes take turns: what makes ids, to leave word of the newest.
    clock: Option<Arc<Ids>>,
}

impl Write {
    /// The engine, for the few words that only one of them knows.
    pub(crate) fn engine(&self) -> Engine {
        self.engine
    }

    /// Makes it all true at once: then it is on the disk.
    pub(crate) async fn commit(mut self) -> Result<()> {
        if let Some(ids) = self.clock.take() {
            sqlx::query("UPDATE clock SET newest = $1 WHERE id = 1")
                .bind(ids.newest())
                .execute(&mut *self.tx)
                .await?;
        }
        self.tx.commit().await
    }
}

impl Deref for Write {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.tx
    }
}

impl DerefMut for Write {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.tx
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_database_in_memory_outlives_its_connections() {
        let (store, other) = (Store::in_memory().await, Store::in_memory().await);
        for number in 0..3 {
            let mut conn = store.read().await.unwrap();
            let sql = "INSERT INTO nodes (number, started, heard) VALUES ($1, 0, 0)";
            sqlx::query(sql).bind(number).execute(&mut *conn).await.unwrap();
            let count = "SELECT COUNT(*) FROM nodes";
            let there: i64 = sqlx::query_scalar(count).fetch_one(&mut *conn).await.unwrap();
            assert_eq!(there, i64::from(number) + 1);
            conn.close().await.unwrap();
        }
        let count = "SELECT COUNT(*) FROM nodes";
        let none: i64 = sqlx::query_scalar(count).fetch_one(&mut *other.read().await.unwrap()).await.unwrap();
        assert_eq!(none, 0, "each has its own");
    }
}

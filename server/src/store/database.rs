//! Opening the database, connections and transactions on both engines.

use crate::ids::Ids;
use crate::settings::Secret;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgListener;
use sqlx::{Any, AnyConnection, AnyPool, Connection as _, Executor as _, Transaction};
use std::ops::{Deref, DerefMut};
use std::str::FromStr as _;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

static SQLITE: sqlx::migrate::Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: sqlx::migrate::Migrator = sqlx::migrate!("migrations/postgres");

/// The PostgreSQL channel on which the nodes notify each other.
pub(super) const NODE_CHANNEL: &str = "roamkit";

/// The maximum wait of a request for a connection to PostgreSQL.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

/// The connection that the functions of the store take.
pub(crate) type Conn = AnyConnection;
/// The result of a database operation. Errors are faults of the database, never of a request.
pub(crate) type Result<T> = std::result::Result<T, sqlx::Error>;

/// The reason why the database cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The connection failed.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// The schema cannot be migrated.
    #[error("schema: {0}")]
    Schema(#[from] sqlx::migrate::MigrateError),
}

/// The database engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    /// A file or memory of this process.
    Sqlite,
    /// A database server that several nodes can share.
    Postgres,
}

impl Engine {
    /// The engine of a database URL.
    pub(crate) fn from_url(url: &str) -> Self {
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
    url: Secret,
    ids: Arc<Ids>,
    read: AnyPool,
    write: AnyPool,
    /// Keeps an in-memory database alive when the pools close their connections.
    _memory_keeper: Mutex<Option<AnyConnection>>,
}

impl Store {
    /// Opens or creates the database and migrates its schema.
    pub(crate) async fn open(
        url: &Secret,
        connections: u32,
        ids: Arc<Ids>,
    ) -> std::result::Result<Self, OpenError> {
        sqlx::any::install_default_drivers();
        match Engine::from_url(&url.0) {
            Engine::Sqlite => Self::open_sqlite(url, connections, ids).await,
            Engine::Postgres => Self::open_postgres(url, connections, ids).await,
        }
    }

    async fn open_sqlite(
        url: &Secret,
        connections: u32,
        ids: Arc<Ids>,
    ) -> std::result::Result<Self, OpenError> {
        let in_memory = url.0.contains(":memory:");
        let sqlite_url = match url.0.as_str() {
            // A unique name, so that a pool that reconnects finds the same database.
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
        let options = AnyConnectOptions::from_str(&sqlite_url)?;
        // An in-memory database exists while at least one connection is open.
        let keeper = if in_memory { Some(AnyConnection::connect_with(&options).await?) } else { None };
        // `synchronous = FULL`: an answered write is on the disk. `mmap_size`: reads map pages instead of
        // copying them.
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
        // One connection writes. In memory it also reads, because several connections would lock each other
        // out.
        let single = pool().max_connections(1).min_connections(1).idle_timeout(None).max_lifetime(None);
        let write = single.connect_with(options.clone()).await?;
        SQLITE.run(&write).await?;
        let read = if in_memory {
            write.clone()
        } else {
            pool().max_connections(connections).connect_with(options).await?
        };
        let store = Self {
            engine: Engine::Sqlite,
            url: url.clone(),
            ids,
            read,
            write,
            _memory_keeper: Mutex::new(keeper),
        };
        store.ids.advance_past(store.newest_id().await?);
        Ok(store)
    }

    async fn open_postgres(
        url: &Secret,
        connections: u32,
        ids: Arc<Ids>,
    ) -> std::result::Result<Self, OpenError> {
        let options = AnyConnectOptions::from_str(&url.0)?;
        // Each pool gets half of the connections, so that writers waiting for the lock do not keep readers out.
        let pool =
            |max: u32| AnyPoolOptions::new().max_connections(max.max(2)).acquire_timeout(ACQUIRE_TIMEOUT);
        let write = pool(connections / 2).connect_with(options.clone()).await?;
        POSTGRES.run(&write).await?;
        let read = pool(connections - connections / 2).connect_with(options).await?;
        let engine = Engine::Postgres;
        Ok(Self { engine, url: url.clone(), ids, read, write, _memory_keeper: Mutex::new(None) })
    }

    /// An empty database for tests.
    #[cfg(test)]
    pub(crate) async fn in_memory() -> Self {
        let url = Secret("sqlite::memory:".into());
        Self::open(&url, 1, Arc::new(Ids::new(0))).await.expect("a database in memory")
    }

    pub(crate) fn engine(&self) -> Engine {
        self.engine
    }

    /// Returns whether other nodes may use the same database.
    pub(crate) fn is_shared(&self) -> bool {
        self.engine == Engine::Postgres
    }

    /// Acquires a connection for reading. An in-memory database has only one connection: return it before
    /// [`Store::begin`].
    pub(crate) async fn acquire(&self) -> Result<PoolConnection<Any>> {
        self.read.acquire().await
    }

    /// Begins an ordered write transaction. Only one runs at a time, so the ids that it makes are committed in
    /// order.
    pub(crate) async fn begin(&self) -> Result<WriteTransaction> {
        let mut tx = self.begin_unordered().await?;
        if self.engine == Engine::Postgres {
            let newest: i64 = sqlx::query_scalar("SELECT newest FROM clock WHERE id = 1 FOR UPDATE")
                .fetch_one(&mut *tx)
                .await?;
            self.ids.advance_past(newest);
            tx.ordered_ids = Some(self.ids.clone());
        }
        Ok(tx)
    }

    /// Begins a write transaction that makes no ids which others compare with theirs, and so needs no order.
    pub(crate) async fn begin_unordered(&self) -> Result<WriteTransaction> {
        let begin = match self.engine {
            Engine::Sqlite => "BEGIN IMMEDIATE",
            Engine::Postgres => "BEGIN",
        };
        Ok(WriteTransaction {
            tx: self.write.begin_with(begin).await?,
            engine: self.engine,
            ordered_ids: None,
        })
    }

    /// Opens a connection that receives the announcements of the other nodes.
    pub(crate) async fn listen_to_nodes(&self) -> Result<PgListener> {
        let mut listener = PgListener::connect(&self.url.0).await?;
        listener.listen(NODE_CHANNEL).await?;
        Ok(listener)
    }

    /// Fails if the database does not answer.
    pub(crate) async fn ping(&self) -> Result<()> {
        sqlx::query("SELECT 1").execute(&mut *self.acquire().await?).await.map(drop)
    }

    /// For each pool: its name, its number of connections, and how many of them are idle.
    pub(crate) fn pool_sizes(&self) -> [(&'static str, i64, i64); 2] {
        [("read", &self.read), ("write", &self.write)]
            .map(|(name, pool)| (name, pool.size().into(), pool.num_idle() as i64))
    }

    /// The largest stored id among those that must never repeat or decrease.
    async fn newest_id(&self) -> Result<i64> {
        let sql = "SELECT MAX(id) FROM (SELECT MAX(id) AS id FROM messages UNION ALL SELECT MAX(seq) FROM deliveries
                   UNION ALL SELECT MAX(before_id) FROM removal_marks) AS used";
        let id: Option<i64> = sqlx::query_scalar(sql).fetch_one(&mut *self.acquire().await?).await?;
        Ok(id.unwrap_or(0))
    }

    /// Writes pending data to the disk and closes all connections.
    pub(crate) async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

/// A write transaction. Dropping it without [`WriteTransaction::commit`] rolls it back.
#[derive(Debug)]
pub(crate) struct WriteTransaction {
    tx: Transaction<'static, Any>,
    engine: Engine,
    /// The id generator, if the transaction holds the row of `clock` and must store the newest id there.
    ordered_ids: Option<Arc<Ids>>,
}

impl WriteTransaction {
    pub(crate) fn engine(&self) -> Engine {
        self.engine
    }

    /// Commits the transaction. Its changes are then on the disk.
    pub(crate) async fn commit(mut self) -> Result<()> {
        if let Some(ids) = self.ordered_ids.take() {
            sqlx::query("UPDATE clock SET newest = $1 WHERE id = 1")
                .bind(ids.newest())
                .execute(&mut *self.tx)
                .await?;
        }
        self.tx.commit().await
    }
}

impl Deref for WriteTransaction {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.tx
    }
}

impl DerefMut for WriteTransaction {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.tx
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_in_memory_database_outlives_its_connections() {
        let (store, other) = (Store::in_memory().await, Store::in_memory().await);
        let count = "SELECT COUNT(*) FROM nodes";
        for number in 0..3 {
            let mut conn = store.acquire().await.unwrap();
            let sql = "INSERT INTO nodes (number, started, heard) VALUES ($1, 0, 0)";
            sqlx::query(sql).bind(number).execute(&mut *conn).await.unwrap();
            let rows: i64 = sqlx::query_scalar(count).fetch_one(&mut *conn).await.unwrap();
            assert_eq!(rows, i64::from(number) + 1);
            conn.close().await.unwrap();
        }
        let rows: i64 =
            sqlx::query_scalar(count).fetch_one(&mut *other.acquire().await.unwrap()).await.unwrap();
        assert_eq!(rows, 0, "each store has its own database");
    }
}

//! A chat server for message roaming: REST and MSYNC as the Easemob / Agora Chat service speaks them, on SQLite or
//! PostgreSQL.
//!
//! It exists so that RoamKit, and anything else that speaks that wire, can be developed, tested and hosted
//! without the hosted service. Layers, each knowing only the ones below:
//!
//! - `routes`: the whole route table; `rest` and `session`: the two sides of the wire;
//! - `chat`: what happens when people chat, whichever side it came from;
//! - `store`: everything kept, and all SQL.
//!
//! `transfer` takes all of it in and out. [`Server::open`] and [`Server::serve`] are the seam for programs, [`launch`] does both.

mod address;
mod ceiling;
mod chat;
mod config;
mod error;
mod headers;
mod health;
mod ids;
mod limits;
mod login;
mod metrics;
mod nodes;
mod observe;
mod password;
mod request;
mod rest;
mod routes;
mod serving;
mod session;
mod settings;
mod state;
mod store;
mod tls;
mod token;
mod transfer;

pub use ceiling::log_ceiling;
pub use config::Invocation;
pub use routes::{Access, Route, table as routes};
pub use settings::{DeletionScope, LogFormat, Mount, Secret, Settings, Switch};
pub use tls::TlsError;
pub use transfer::{Counts, Data, Export, Import, TransferError};

use state::Shared;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Why the server cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database cannot be opened.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// Its schema cannot be brought up to date.
    #[error("schema: {0}")]
    Schema(#[from] sqlx::migrate::MigrateError),
    /// Another node with this number is at work on the same database.
    #[error("node number {0} is in use: give each node on a database a --node of its own")]
    NodeTaken(u16),
    /// The certificate or its key cannot be used.
    #[error("TLS: {0}")]
    Tls(#[from] TlsError),
    /// The network.
    #[error("network: {0}")]
    Network(#[from] std::io::Error),
}

/// A server with its database open.
#[derive(Debug)]
pub struct Server {
    shared: Shared,
    tls: Option<Arc<tokio_rustls::rustls::ServerConfig>>,
}

impl Server {
    /// Opens the database.
    pub async fn open(settings: Settings) -> Result<Self, StartError> {
        let tls = match (&settings.tls_cert, &settings.tls_key) {
            (Some(certificate), Some(key)) => Some(tls::config(certificate, key)?),
            _ => None,
        };
        let ids = Arc::new(ids::Ids::new(settings.node));
        let store =
            store::Store::open(&settings.database.0, settings.database_connections, ids.clone()).await?;
        let hub = session::hub::Hub::default();
        let shared = Arc::new(state::Server {
            store,
            ids,
            metrics: metrics::Metrics::new(&hub),
            hub,
            bell: nodes::Bell::default(),
            passwords: password::Passwords::new(settings.password_memory, settings.login_queue as usize),
            rates: limits::Rates::new(&settings),
            logins: Arc::new(limits::logins::Logins::new(&settings)),
            sockets: limits::places::Places::new(settings.max_sockets, settings.max_sockets_address),
            settings,
        });
        Ok(Self { shared, tls })
    }

    /// Serves until `shutdown` is ready, then lets answers finish and closes the sockets.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), StartError> {
        let shared = self.shared;
        let node = if shared.store.is_shared() { Some(nodes::Node::claim(&shared).await?) } else { None };
        let among_nodes = async {
            match &node {
                Some(node) => Err(node.run(&shared).await),
                None => std::future::pending().await,
            }
        };
        let metrics = match shared.settings.metrics_listen {
            Some(address) => Some(serve_metrics(&shared, address).await?),
            None => None,
        };
        let pruning = tokio::spawn(prune(shared.clone()));
        let (stopping, stopped) = tokio::sync::oneshot::channel();
        let signal = async move {
            shutdown.await;
            let _ = stopping.send(());
        };
        let router = routes::routes(shared.clone());
        let serving = serving::serve(listener, router, self.tls, &shared.settings, signal);
        let patience = Duration::from_secs(shared.settings.shutdown_timeout);
        let ending = async {
            let _ = stopped.await;
            shared.hub.shut_down().await;
            tokio::time::sleep(patience).await;
        };
        let served = tokio::select! {
            () = serving => Ok(()),
            lost = among_nodes => lost,
            () = ending => Ok(()),
        };
        let _ = tokio::time::timeout(patience, shared.hub.shut_down()).await;
        pruning.abort();
        metrics.inspect(tokio::task::AbortHandle::abort);
        if let Some(node) = &node {
            node.leave(&shared).await?;
        }
        shared.store.close().await;
        served
    }
}

/// Opens the database and serves until `shutdown` is ready.
pub async fn launch(
    settings: Settings,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), StartError> {
    Server::open(settings).await?.serve(listener, shutdown).await
}

/// Serves the metrics on an address of their own, for as long as the task runs.
async fn serve_metrics(
    shared: &Shared,
    address: std::net::SocketAddr,
) -> Result<tokio::task::AbortHandle, StartError> {
    let listener = TcpListener::bind(address).await?;
    tracing::info!("metrics on http://{}/metrics", listener.local_addr()?);
    let router = routes::metrics(shared.clone());
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(serving.abort_handle())
}

async fn prune(server: Shared) {
    let mut clock = tokio::time::interval(Duration::from_secs(server.settings.clear_seconds));
    loop {
        clock.tick().await;
        if let Err(cause) = prune_once(&server).await {
            tracing::warn!(%cause, "could not drop what is old");
        }
    }
}

async fn prune_once(server: &state::Server) -> store::Result<()> {
    let settings = &server.settings;
    let now = ids::now_ms();
    let mut tx = server.store.write().await?;
    store::tokens::prune(&mut tx, now - 7 * DAY_MS).await?;
    let before = now - i64::from(settings.queue_days) * DAY_MS;
    store::queues::prune(&mut tx, before, settings.queue_length).await?;
    tx.commit().await
}

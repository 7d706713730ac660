//! Opening the server, serving until shutdown, and the background tasks that run meanwhile.

use crate::cluster::node::{Node, NodeError};
use crate::ids::now_ms;
use crate::settings::Settings;
use crate::state::{AppState, SharedState};
use crate::store::database::OpenError;
use crate::tls::{self, TlsError};
use crate::{connections, routes, store};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;
use tokio_rustls::rustls::ServerConfig;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// The reason why the server cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database cannot be opened, or does not answer.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// The database schema cannot be migrated.
    #[error("schema: {0}")]
    Schema(#[from] sqlx::migrate::MigrateError),
    /// Another node with this number uses the same database.
    #[error("node number {0} is in use: give each node on a database a --node of its own")]
    NodeTaken(u16),
    /// The certificate or its key cannot be used.
    #[error("TLS: {0}")]
    Tls(#[from] TlsError),
    /// A network error.
    #[error("network: {0}")]
    Network(#[from] std::io::Error),
}

impl From<OpenError> for StartError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Database(cause) => Self::Database(cause),
            OpenError::Schema(cause) => Self::Schema(cause),
        }
    }
}

impl From<NodeError> for StartError {
    fn from(error: NodeError) -> Self {
        match error {
            NodeError::NumberTaken(number) => Self::NodeTaken(number),
            NodeError::Database(cause) => Self::Database(cause),
        }
    }
}

/// A server with an open database.
#[derive(Debug)]
pub struct Server {
    state: SharedState,
    tls: Option<Arc<ServerConfig>>,
}

impl Server {
    /// Reads the certificate and opens the database.
    pub async fn open(settings: Settings) -> Result<Self, StartError> {
        let tls = match (&settings.tls_cert, &settings.tls_key) {
            (Some(certificate), Some(key)) => Some(tls::config(certificate, key)?),
            _ => None,
        };
        Ok(Self { state: Arc::new(AppState::open(settings).await?), tls })
    }

    /// Serves until `shutdown` completes, then lets running requests finish and closes the sockets.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), StartError> {
        let state = &self.state;
        let node = if state.store.is_shared() {
            Some(Node::claim(&state.store, &state.ids, &state.settings).await?)
        } else {
            None
        };
        let cluster = async {
            match &node {
                Some(node) => Err(node.run(&state.announcements, state.as_ref()).await.into()),
                None => std::future::pending().await,
            }
        };
        let metrics = match state.settings.metrics_listen {
            Some(address) => Some(serve_metrics(state.clone(), address).await?),
            None => None,
        };
        let pruning = tokio::spawn(prune_regularly(state.clone()));
        let (stopping, stopped) = tokio::sync::oneshot::channel();
        let shutdown = async move {
            shutdown.await;
            let _ = stopping.send(());
        };
        let router = routes::router(state.clone());
        let serving = connections::serve(listener, router, self.tls, &state.settings, shutdown);
        let shutdown_timeout = Duration::from_secs(state.settings.shutdown_timeout);
        let deadline = async {
            let _ = stopped.await;
            state.hub.shut_down().await;
            tokio::time::sleep(shutdown_timeout).await;
        };
        let result = tokio::select! {
            () = serving => Ok(()),
            lost = cluster => lost,
            () = deadline => Ok(()),
        };
        let _ = tokio::time::timeout(shutdown_timeout, state.hub.shut_down()).await;
        pruning.abort();
        metrics.inspect(AbortHandle::abort);
        if let Some(node) = &node {
            node.release().await?;
        }
        state.store.close().await;
        result
    }
}

/// Opens the server and serves until `shutdown` completes.
pub async fn launch(
    settings: Settings,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), StartError> {
    Server::open(settings).await?.serve(listener, shutdown).await
}

/// Serves the metrics on a separate address until the task is aborted.
async fn serve_metrics(state: SharedState, address: SocketAddr) -> Result<AbortHandle, StartError> {
    let listener = TcpListener::bind(address).await?;
    tracing::info!("metrics on http://{}/metrics", listener.local_addr()?);
    let router = routes::metrics_router(state);
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(serving.abort_handle())
}

async fn prune_regularly(state: SharedState) {
    let mut ticks = tokio::time::interval(Duration::from_secs(state.settings.clear_seconds));
    loop {
        ticks.tick().await;
        if let Err(cause) = prune(&state).await {
            tracing::warn!(%cause, "could not delete expired tokens and old envelopes");
        }
    }
}

/// Deletes tokens that expired a week ago, and envelopes beyond the limits of age and number.
async fn prune(state: &AppState) -> store::database::Result<()> {
    let settings = &state.settings;
    let now = now_ms();
    let mut tx = state.store.begin().await?;
    store::tokens::prune(&mut tx, now - 7 * DAY_MS).await?;
    let oldest = now - i64::from(settings.queue_days) * DAY_MS;
    store::queues::prune(&mut tx, oldest, settings.queue_length).await?;
    tx.commit().await
}

//! Connections: taken in, within bounds of number and time, with TLS or without, and ended politely.

mod patient;

use crate::address::{Peer, network};
use crate::limits::places::Places;
use crate::settings::Settings;
use axum::Router;
use axum::body::Body;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use patient::Patient;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tower_service::Service as _;

/// The head of a request, in bytes.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// How long to wait where the system has no more connections to give.
const PAUSE: Duration = Duration::from_millis(500);

/// What each connection needs.
#[derive(Debug)]
struct Doorman {
    router: Router,
    tls: Option<Arc<ServerConfig>>,
    header_time: Duration,
    write_time: Duration,
}

/// Serves until `stop` is ready, and then until the last answer is out.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    tls: Option<Arc<ServerConfig>>,
    settings: &Settings,
    stop: impl Future<Output = ()>,
) {
    let doorman = Arc::new(Doorman {
        router,
        tls,
        header_time: Duration::from_secs(settings.header_timeout),
        write_time: Duration::from_secs(settings.write_timeout),
    });
    // Behind proxies, all connections come from a few addresses.
    let of_address = if settings.trust_proxy > 0 { 0 } else { settings.max_connections_address };
    let places = Places::new(settings.max_connections, of_address);
    // Who still serves a connection holds the other end of this.
    let (stopping, stopped) = watch::channel(());
    let accept = async {
        loop {
            let Some((socket, peer)) = accept(&listener).await else { continue };
            match places.take(network(peer)) {
                Err(full) => tracing::debug!(?full, "a connection was turned away"),
                Ok(place) => {
                    let (doorman, stopped) = (doorman.clone(), stopped.clone());
                    tokio::spawn(async move {
                        doorman.let_in(socket, peer, stopped).await;
                        drop(place);
                    });
                }
            }
        }
    };
    tokio::select! {
        () = accept => {}
        () = stop => {}
    }
    drop((listener, stopped));
    let _ = stopping.send(());
    stopping.closed().await;
}

async fn accept(listener: &TcpListener) -> Option<(TcpStream, IpAddr)> {
    match listener.accept().await {
        Ok((socket, peer)) => {
            // A notice is small, and nobody answers the frame before it: the network would hold it back for that
            // answer, 40 ms and more.
            let _ = socket.set_nodelay(true);
            Some((socket, peer.ip()))
        }
        Err(cause) => {
            use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
            if !matches!(cause.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
                tracing::error!(%cause, "no connection can be taken in");
                tokio::time::sleep(PAUSE).await;
            }
            None
        }
    }
}

impl Doorman {
    async fn let_in(&self, socket: TcpStream, peer: IpAddr, stopped: watch::Receiver<()>) {
        let socket = Patient::new(socket, self.write_time);
        let Some(tls) = &self.tls else { return self.converse(socket, peer, stopped).await };
        match timeout(self.header_time, TlsAcceptor::from(tls.clone()).accept(socket)).await {
            Ok(Ok(socket)) => self.converse(socket, peer, stopped).await,
            Ok(Err(cause)) => tracing::debug!(%cause, "no TLS"),
            Err(_) => tracing::debug!("no TLS in time"),
        }
    }

    async fn converse(
        &self,
        socket: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        peer: IpAddr,
        mut stopped: watch::Receiver<()>,
    ) {
        let service = service_fn(|request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(Peer(peer));
            self.router.clone().call(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.header_time)
            .max_buf_size(MAX_HEAD_BYTES)
            .serve_connection(TokioIo::new(socket), service)
            .with_upgrades();
        let mut connection = pin!(connection);
        let done = tokio::select! {
            done = connection.as_mut() => done,
            _ = stopped.changed() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(cause) = done {
            tracing::debug!(%cause, "a connection broke");
        }
    }
}

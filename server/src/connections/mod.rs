//! TCP connections: accepting them within limits, TLS, timeouts, and the graceful shutdown.

mod write_timeout;

use crate::address::{PeerAddress, network};
use crate::limits::slots::Slots;
use crate::settings::Settings;
use axum::Router;
use axum::body::Body;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
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
use write_timeout::WriteTimeout;

/// Largest head of a request, in bytes.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// Pause after the system could not accept a connection, for example because no file descriptor is free.
const ACCEPT_PAUSE: Duration = Duration::from_millis(500);

/// The parts that all connections share.
#[derive(Debug)]
struct ConnectionHandler {
    router: Router,
    tls: Option<Arc<ServerConfig>>,
    header_timeout: Duration,
    write_timeout: Duration,
}

/// Serves connections until `shutdown` completes, and then until the last response is sent.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    tls: Option<Arc<ServerConfig>>,
    settings: &Settings,
    shutdown: impl Future<Output = ()>,
) {
    let handler = Arc::new(ConnectionHandler {
        router,
        tls,
        header_timeout: Duration::from_secs(settings.header_timeout),
        write_timeout: Duration::from_secs(settings.write_timeout),
    });
    // Behind proxies all connections come from a few addresses.
    let max_per_address = if settings.trust_proxy > 0 { 0 } else { settings.max_connections_address };
    let slots = Slots::new(settings.max_connections, max_per_address);
    // Every connection holds a receiver. The channel closes when the last connection has ended.
    let (stopping, stopped) = watch::channel(());
    let accept = async {
        loop {
            let Some((socket, peer)) = accept(&listener).await else { continue };
            match slots.take(network(peer)) {
                Err(full) => tracing::debug!(?full, "a connection was refused"),
                Ok(slot) => {
                    let (handler, stopped) = (handler.clone(), stopped.clone());
                    tokio::spawn(async move {
                        handler.handle(socket, peer, stopped).await;
                        drop(slot);
                    });
                }
            }
        }
    };
    tokio::select! {
        () = accept => {}
        () = shutdown => {}
    }
    drop((listener, stopped));
    let _ = stopping.send(());
    stopping.closed().await;
}

async fn accept(listener: &TcpListener) -> Option<(TcpStream, IpAddr)> {
    match listener.accept().await {
        Ok((socket, peer)) => {
            // Nagle's algorithm would delay a small frame by 40 ms or more when the frame before it is not
            // answered.
            let _ = socket.set_nodelay(true);
            Some((socket, peer.ip()))
        }
        Err(cause) => {
            use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
            if !matches!(cause.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
                tracing::error!(%cause, "cannot accept connections");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
            None
        }
    }
}

impl ConnectionHandler {
    async fn handle(&self, socket: TcpStream, peer: IpAddr, stopped: watch::Receiver<()>) {
        let socket = WriteTimeout::new(socket, self.write_timeout);
        let Some(tls) = &self.tls else { return self.serve_http(socket, peer, stopped).await };
        match timeout(self.header_timeout, TlsAcceptor::from(tls.clone()).accept(socket)).await {
            Ok(Ok(socket)) => self.serve_http(socket, peer, stopped).await,
            Ok(Err(cause)) => tracing::debug!(%cause, "the TLS handshake failed"),
            Err(_) => tracing::debug!("the TLS handshake timed out"),
        }
    }

    async fn serve_http(
        &self,
        socket: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        peer: IpAddr,
        mut stopped: watch::Receiver<()>,
    ) {
        let service = service_fn(|request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(PeerAddress(peer));
            self.router.clone().call(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.header_timeout)
            .max_buf_size(MAX_HEAD_BYTES)
            .serve_connection(TokioIo::new(socket), service)
            .with_upgrades();
        let mut connection = pin!(connection);
        let result = tokio::select! {
            result = connection.as_mut() => result,
            _ = stopped.changed() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(cause) = result {
            tracing::debug!(%cause, "a connection broke");
        }
    }
}

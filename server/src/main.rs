//! The server program: reads the command line, logs to stderr, stops on Ctrl-C or SIGTERM.

use roamkit_server::{
    Counts, Invocation, LogFormat, Server, Settings, StartError, TransferError, log_filter,
};
use std::io::Write as _;
use std::process::ExitCode;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

#[tokio::main]
async fn main() -> ExitCode {
    let result = match Invocation::parse(std::env::args_os()).unwrap_or_else(|error| error.exit()) {
        Invocation::Serve(settings) => {
            init_logging(settings.log_format);
            serve(*settings).await.map_err(|error| tracing::error!("{error}"))
        }
        Invocation::Import(import) => report("imported", import.run().await),
        Invocation::Export(export) => report("exported", export.run().await),
    };
    if result.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints the result of a transfer to stderr, because an export may use stdout.
fn report(action: &str, result: Result<Counts, TransferError>) -> Result<(), ()> {
    let mut stderr = std::io::stderr();
    // If stderr is closed, nobody can be told.
    let _ = match &result {
        Ok(counts) => writeln!(stderr, "{action} {counts}"),
        Err(error) => writeln!(stderr, "error: {error}"),
    };
    result.map(drop).map_err(drop)
}

/// Logs to stderr. Stdout is for the address that the server listens on.
fn init_logging(format: LogFormat) {
    let filter = EnvFilter::try_from_env("ROAMKIT_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => log.finish().with(log_filter()).init(),
        LogFormat::Json => {
            let log = log.json().flatten_event(true).with_current_span(true).with_span_list(false);
            log.finish().with(log_filter()).init();
        }
    }
}

async fn serve(settings: Settings) -> Result<(), StartError> {
    let listener = TcpListener::bind(settings.listen).await?;
    let address = listener.local_addr()?;
    let scheme = if settings.tls_cert.is_some() { "https" } else { "http" };
    let server = Server::open(settings).await?;
    let shutdown = shutdown_signal();
    let mut stdout = std::io::stdout();
    writeln!(stdout, "listening on {scheme}://{address}")?;
    stdout.flush()?;
    server.serve(listener, shutdown).await
}

/// Completes on Ctrl-C or SIGTERM. The handlers are installed by the call and not by the first poll, so a
/// signal that arrives right after the program printed its address does not kill it.
#[cfg(unix)]
fn shutdown_signal() -> impl Future<Output = ()> + Send {
    use tokio::signal::unix::{SignalKind, signal};
    let [interrupt, terminate] = [SignalKind::interrupt(), SignalKind::terminate()].map(|kind| {
        let signal = signal(kind);
        async move {
            match signal {
                Ok(mut signal) => drop(signal.recv().await),
                Err(_) => std::future::pending().await,
            }
        }
    });
    async move {
        tokio::select! {
            () = interrupt => {}
            () = terminate => {}
        }
    }
}

/// Completes on Ctrl-C.
#[cfg(not(unix))]
async fn shutdown_signal() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

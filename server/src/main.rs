//! The program: settings from the command line, logs to stderr, stops on Ctrl-C or SIGTERM.

use roamkit_server::{
    Counts, Invocation, LogFormat, Server, Settings, StartError, TransferError, log_ceiling,
};
use std::io::Write as _;
use std::process::ExitCode;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Invocation::read(std::env::args_os()).unwrap_or_else(|error| error.exit()) {
        Invocation::Serve(settings) => {
            log(settings.log_format);
            run(*settings).await.map_err(|error| tracing::error!("{error}"))
        }
        Invocation::Import(import) => tell("imported", import.run().await),
        Invocation::Export(export) => tell("exported", export.run().await),
    };
    if done.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What became of a transfer. On stderr: an export may go to stdout.
fn tell(what: &str, done: Result<Counts, TransferError>) -> Result<(), ()> {
    let mut stderr = std::io::stderr();
    // Nobody is left to hear that nobody hears.
    let _ = match &done {
        Ok(counts) => writeln!(stderr, "{what} {counts}"),
        Err(error) => writeln!(stderr, "error: {error}"),
    };
    done.map(drop).map_err(drop)
}

/// Logs to stderr; stdout says where the server listens.
fn log(format: LogFormat) {
    let filter = EnvFilter::try_from_env("ROAMKIT_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => log.finish().with(log_ceiling()).init(),
        LogFormat::Json => {
            let log = log.json().flatten_event(true).with_current_span(true).with_span_list(false);
            log.finish().with(log_ceiling()).init();
        }
    }
}

async fn run(settings: Settings) -> Result<(), StartError> {
    let listener = TcpListener::bind(settings.listen).await?;
    let address = listener.local_addr()?;
    let scheme = if settings.tls_cert.is_some() { "https" } else { "http" };
    let server = Server::open(settings).await?;
    let stop = stop_signal();
    let mut stdout = std::io::stdout();
    writeln!(stdout, "listening on {scheme}://{address}")?;
    stdout.flush()?;
    server.serve(listener, stop).await
}

/// Ready when someone wants the server to stop. Heard of from now on, not only once it is waited for: a program that says
/// where it listens must not be killed by being told to stop.
#[cfg(unix)]
fn stop_signal() -> impl Future<Output = ()> + Send {
    use tokio::signal::unix::{SignalKind, signal};
    let [interrupt, terminate] = [SignalKind::interrupt(), SignalKind::terminate()].map(|kind| {
        let heard = signal(kind);
        async move {
            match heard {
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

/// Ready when someone wants the server to stop.
#[cfg(not(unix))]
async fn stop_signal() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

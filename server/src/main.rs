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
    let mut stdout = std::io::stdout();
    writeln!(stdout, "listening on {scheme}://{address}")?;
    stdout.flush()?;
    server.serve(listener, stop_signal()).await
}

/// Ready when someone wants the server to stop.
async fn stop_signal() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}

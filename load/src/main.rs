//! Load tests of `roamkit-server`. The program starts a server on this machine and measures pages of history
//! with few and with many stored messages, thousands of idle sockets, the delay of removal notices, and logins
//! beside other calls. `cargo xtask load` builds what it needs and writes the report into the documentation.

mod history;
mod logins;
mod report;
mod seed;
mod server;
mod sockets;
mod stats;

use anyhow::Result;
use clap::Parser;
use report::Report;
use server::Program;
use std::path::PathBuf;
use std::time::Duration;

/// Measures a roamkit-server under load.
#[derive(Clone, Debug, Parser)]
pub(crate) struct Options {
    /// Path of the server program, a release build.
    #[arg(long)]
    pub(crate) server: PathBuf,
    /// URL of a PostgreSQL server, without a database name. Default: SQLite in files.
    #[arg(long)]
    pub(crate) postgres: Option<String>,
    /// Run only these measurements.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub(crate) only: Vec<Measurement>,
    /// Number of messages in the large database.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1_000..=10_000_000))]
    pub(crate) messages: u64,
    /// Number of sockets that are online at the same time.
    #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(4..=20_000))]
    pub(crate) sockets: u32,
    /// Duration of each rate measurement, in seconds.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=120))]
    pub(crate) seconds: u64,
    /// Document to write the report into, between its markers.
    #[arg(long)]
    pub(crate) report: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Measurement {
    /// Pages of history.
    History,
    /// Idle sockets, and the delay of removal notices.
    Sockets,
    /// Logins beside other calls.
    Logins,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    let includes = |measurement| options.only.is_empty() || options.only.contains(&measurement);
    let program = Program::new(&options)?;
    let duration = Duration::from_secs(options.seconds);
    let mut report = Report::new(program.engine());
    if includes(Measurement::History) {
        history::measure(&program, options.messages, duration, &mut report).await?;
    }
    if includes(Measurement::Sockets) {
        sockets::measure(&program, options.sockets, &mut report).await?;
    }
    if includes(Measurement::Logins) {
        logins::measure(&program, duration, &mut report).await?;
    }
    report.finish(options.report.as_deref())
}

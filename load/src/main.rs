//! Puts load on a `roamkit-server` that it starts itself, on this machine alone, and reports what the server bears:
//! pages of history with few and with many messages stored, thousands of idle sockets, removals told to them, and
//! logins beside other calls. `cargo xtask load` builds what it needs and writes the report into the docs.

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

/// What to measure, and with how much.
#[derive(Clone, Debug, Parser)]
pub(crate) struct Options {
    /// The server's program, a release build.
    #[arg(long)]
    pub(crate) server: PathBuf,
    /// A PostgreSQL to keep the data in, without a database's name; else SQLite in files.
    #[arg(long)]
    pub(crate) postgres: Option<String>,
    /// Only these measures.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub(crate) only: Vec<Measure>,
    /// Messages stored where there are many.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1_000..=10_000_000))]
    pub(crate) messages: u64,
    /// Sockets online together.
    #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(4..=20_000))]
    pub(crate) sockets: u32,
    /// How long each rate is measured, in seconds.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=120))]
    pub(crate) seconds: u64,
    /// The document that holds the report, between its marks.
    #[arg(long)]
    pub(crate) report: Option<PathBuf>,
}

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Measure {
    /// Pages of history.
    History,
    /// Idle sockets, and removals told to them.
    Sockets,
    /// Logins beside other calls.
    Logins,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    let wanted = |measure| options.only.is_empty() || options.only.contains(&measure);
    let program = Program::new(&options)?;
    let time = Duration::from_secs(options.seconds);
    let mut report = Report::new(program.engine());
    if wanted(Measure::History) {
        history::measure(&program, options.messages, time, &mut report).await?;
    }
    if wanted(Measure::Sockets) {
        sockets::measure(&program, options.sockets, &mut report).await?;
    }
    if wanted(Measure::Logins) {
        logins::measure(&program, time, &mut report).await?;
    }
    report.finish(options.report.as_deref())
}

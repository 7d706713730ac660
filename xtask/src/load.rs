//! `cargo xtask load`: puts load on a release build of the server, and writes the results into the docs.

use anyhow::Result;

use crate::postgres::Postgres;
use crate::{server, shell, workspace};

/// The options of `cargo xtask load`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Use PostgreSQL in place of SQLite.
    #[arg(long)]
    postgres: bool,
    /// Print the report, and do not write it.
    #[arg(long)]
    dry: bool,
    /// More options for `roamkit-load`, after `--`; `-- --help` lists them.
    #[arg(last = true)]
    more: Vec<String>,
}

/// Measures the server under load.
pub(crate) fn load(options: &Options) -> Result<()> {
    let program = server::build_release()?;
    let postgres = if options.postgres { Some(Postgres::start(true)?) } else { None };
    let mut run = shell::cargo();
    run.args(["run", "--release", "--package=roamkit-load", "--", "--server"]).arg(program);
    if let Some(postgres) = &postgres {
        run.arg("--postgres").arg(&postgres.url);
    }
    if !options.dry {
        run.arg("--report").arg(workspace::root().join("docs/benchmarks.md"));
    }
    shell::run(run.args(&options.more))
}

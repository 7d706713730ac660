//! `cargo xtask fuzz`: the long run. `cargo xtask test` does the short one.

use anyhow::Result;

use crate::shell;

const PACKAGE: &str = "--package=roamkit-fuzz";
/// The short run takes about ten seconds without optimization.
const SHORT: &str = "--cases=10000";

/// The options of `cargo xtask fuzz`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The duration.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Repeat the inputs of the run that printed this seed; by default the seed is new.
    #[arg(long)]
    seed: Option<u64>,
}

/// Runs for the given time, with optimization.
pub(crate) fn fuzz(options: &Options) -> Result<()> {
    let mut command = shell::cargo();
    command.args(["run", "--quiet", "--profile=fuzz", PACKAGE, "--"]);
    command.arg(format!("--seconds={}", options.seconds));
    command.args(options.seed.map(|seed| format!("--seed={seed}")));
    shell::run(&mut command)
}

/// Runs a fixed number of cases with the debug build of the other tests.
pub(crate) fn short() -> Result<()> {
    let mut command = shell::cargo();
    command.args(["run", "--quiet", PACKAGE, "--", SHORT]);
    if std::env::var("ROAMKIT_FRESH_SEEDS").is_ok_and(|fresh| fresh == "0") {
        command.arg("--seed=1");
    }
    shell::run(&mut command)
}

//! `cargo xtask fuzz`: the long run. The short one is a step of `cargo xtask test`.

use anyhow::Result;

use crate::shell;

const PACKAGE: &str = "--package=roamkit-fuzz";
/// Takes about ten seconds unoptimised.
const SHORT: &str = "--cases=10000";

/// The options of `cargo xtask fuzz`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How long.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Repeats the run that printed this seed; else a new one is drawn.
    #[arg(long)]
    seed: Option<u64>,
}

/// The long run, optimised.
pub(crate) fn fuzz(options: &Options) -> Result<()> {
    let mut command = shell::cargo();
    command.args(["run", "--quiet", "--profile=fuzz", PACKAGE, "--"]);
    command.arg(format!("--seconds={}", options.seconds));
    command.args(options.seed.map(|seed| format!("--seed={seed}")));
    shell::run(&mut command)
}

/// The short run, with what the other tests have built already.
pub(crate) fn short() -> Result<()> {
    let mut command = shell::cargo();
    command.args(["run", "--quiet", PACKAGE, "--", SHORT]);
    if std::env::var("ROAMKIT_FRESH_SEEDS").is_ok_and(|fresh| fresh == "0") {
        command.arg("--seed=1");
    }
    shell::run(&mut command)
}

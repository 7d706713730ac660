//! The project's commands: `cargo xtask build | test | demo`.

mod build;
mod chromium;
mod demo;
mod demo_command;
mod lock;
mod node;
mod report;
mod rest;
mod server;
mod shell;
mod test;
mod tools;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// RoamKit's commands for developers.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the npm package into `pkg/`.
    Build,
    /// Install or find what the tests need, and run them all (or the named parts).
    Test(test::Options),
    /// Build everything, start a server with sample data, and serve the demo page.
    Demo(demo_command::Options),
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Build => build::build(),
        Command::Test(options) => test::test(&options),
        Command::Demo(options) => demo_command::demo(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

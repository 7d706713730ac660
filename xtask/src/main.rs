//! The project's commands for developers: `cargo xtask --help` lists them.

mod apt;
mod bench;
mod browser;
mod build;
mod chromium;
mod demo;
mod demo_command;
mod dependencies;
mod docs;
mod fuzz;
mod layers;
mod load;
mod lockfile;
mod node;
mod postgres;
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
    /// Install what the tests need, and run all of them or the named parts.
    Test(test::Options),
    /// Check which module uses which (a part of `cargo xtask test --only native`).
    Layers,
    /// Write the API references of the package and of the crates.
    Docs,
    /// Run the decoders on invalid and hostile input.
    Fuzz(fuzz::Options),
    /// Build everything, start a server with sample data, and serve the demo page.
    Demo(demo_command::Options),
    /// Measure the server under load, and write the results into `docs/benchmarks.md`.
    Load(load::Options),
    /// Compare the SDK with others in Chromium, and write the results into `docs/benchmarks.md`.
    Bench(bench::Options),
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Build => build::build(),
        Command::Test(options) => test::test(&options),
        Command::Layers => layers::check(),
        Command::Docs => docs::docs(),
        Command::Fuzz(options) => fuzz::fuzz(&options),
        Command::Demo(options) => demo_command::demo(&options),
        Command::Load(options) => load::load(&options),
        Command::Bench(options) => bench::bench(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

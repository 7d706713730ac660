//! `cargo xtask test`: installs what the tests need, and runs them part by part.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::browser::Engine;
use crate::postgres::{self, Postgres};
use crate::report::Report;
use crate::{
    browser, build, chromium, dependencies, docs, fuzz, layers, node, server, shell, tools, workspace,
};

/// Cargo's option for the browser's target.
pub(crate) const WASM: &str = "--target=wasm32-unknown-unknown";

/// The options of `cargo xtask test`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Run only this part (may be given several times).
    #[arg(long, value_enum)]
    only: Vec<Part>,
    /// Run the browser part in these engines, and install those that are missing. By default: Chromium and the installed ones.
    #[arg(long, value_enum, value_delimiter = ',')]
    engines: Vec<Engine>,
}

/// The parts of the tests. They run in this order.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Part {
    /// Formatting, lints, layers, dependencies, references, and the unit and property tests that need no browser.
    Native,
    /// The server's tests.
    Server,
    /// The SDK in headless browsers against a real server.
    Browser,
    /// The npm package: its contents, size, typings and entries, in Node, and in Chromium under a strict Content-Security-Policy.
    Package,
    /// The demo page in headless Chromium.
    E2e,
    /// The local copy's promises: random histories on several devices and tabs, and pages that are killed while they write.
    Model,
    /// The SDK in windows, workers, Node, and the back/forward cache; and clients that leave nothing behind when they end.
    Environments,
    /// Random scenarios on a network that cuts, loses, repeats and delays, and tabs whose leader is killed.
    Faults,
    /// The code in the guides; every error code; the package's API reference.
    Guides,
    /// The projects of `examples/`: installed, built, and opened in headless Chromium.
    Examples,
    /// The service's official web client against the server.
    Interop,
    /// `roamkit/easemob` compared with the official web client, field by field.
    Easemob,
}

/// The parts that need the built package.
const PACKAGED: [Part; 8] = [
    Part::Package,
    Part::E2e,
    Part::Model,
    Part::Environments,
    Part::Faults,
    Part::Guides,
    Part::Examples,
    Part::Easemob,
];

/// Runs the requested parts. Fails if a step fails, but runs the others first.
pub(crate) fn test(options: &Options) -> Result<()> {
    let wanted = |part| options.only.is_empty() || options.only.contains(&part);
    let mut report = Report::default();
    tools::wasm_target()?;
    if wanted(Part::Native) {
        native(&mut report);
    }
    if wanted(Part::Server) {
        report.step("server", || {
            shell::run(shell::cargo().args(["test", "--package=roamkit-server", "--no-fail-fast"]))
        });
        report.step("server, on PostgreSQL", || {
            let postgres = Postgres::start(false)?;
            shell::run(
                shell::cargo()
                    .args(["test", "--package=roamkit-server", "--no-fail-fast", "--test=suite"])
                    .env(postgres::VARIABLE, &postgres.url),
            )
        });
    }
    if wanted(Part::Browser) {
        browser::run(&mut report, &options.engines);
    }
    if PACKAGED.into_iter().any(wanted) {
        report.step("building the package", build::build);
    }
    if wanted(Part::Package) {
        report.step("package: typings in a strict project", typings);
        report.step("package", || node_tests("package"));
    }
    if wanted(Part::E2e) {
        report.step("e2e", || node_tests("e2e"));
    }
    if wanted(Part::Model) {
        report.step("model", || node_tests("model"));
    }
    if wanted(Part::Environments) {
        report.step("environments", || node_tests("environments"));
    }
    if wanted(Part::Faults) {
        report.step("faults", || node_tests("faults"));
    }
    if wanted(Part::Guides) {
        report.step("guides: the reference of the package", docs::api);
        report.step("guides", || node_tests("guides"));
    }
    if wanted(Part::Examples) {
        report.step("examples", || node_tests("examples"));
    }
    if wanted(Part::Interop) {
        report.step("interop", || node_tests("interop"));
        report.step("interop, on PostgreSQL", || {
            let postgres = Postgres::start(false)?;
            node_tests_on("interop", &[(postgres::VARIABLE, &postgres.url)])
        });
    }
    if wanted(Part::Easemob) {
        report.step("easemob", || node_tests("easemob"));
    }
    if report.finish() { Ok(()) } else { bail!("the tests did not all pass") }
}

fn native(report: &mut Report) {
    let lints = ["--", "-D", "warnings"];
    report.step("native: format", || shell::run(shell::cargo().args(["fmt", "--all", "--check"])));
    report.step("native: lints", || {
        shell::run(shell::cargo().args(["clippy", "--workspace", "--all-targets"]).args(lints))
    });
    report.step("native: lints of the wasm build", || {
        shell::run(
            shell::cargo()
                .args(["clippy", "--package=roamkit", "--package=roamkit-bench", "--all-targets", WASM])
                .args(lints),
        )
    });
    report.step("native: layers", layers::check);
    report.step("native: dependencies", dependencies::check);
    report.step("native: the references of the crates", docs::crates);
    report.step("native: tests", || {
        shell::run(shell::cargo().args(["test", "--package=roamkit-wire", "--package=roamkit", "--lib"]))
    });
    report.step("native: fuzz", || {
        shell::run(shell::cargo().args(["test", "--package=roamkit-fuzz"]))?;
        fuzz::short()
    });
    report.step("native: tests of the commands", || {
        shell::run(shell::cargo().args(["test", "--package=xtask"]))
    });
}

/// Compiles a strict TypeScript project that uses the package, with mistakes that must not compile.
fn typings() -> Result<()> {
    node::packages()?;
    shell::run(shell::command(node::bin("tsc")).arg("--project").arg(workspace::tests().join("types")))
}

/// Runs the tests in `tests/{folder}` with Node's test runner. They start their servers themselves.
fn node_tests(folder: &str) -> Result<()> {
    node_tests_on(folder, &[])
}

/// Does the same with more environment variables.
fn node_tests_on(folder: &str, environment: &[(&str, &str)]) -> Result<()> {
    let chromium = chromium::chromium()?;
    node::packages()?;
    let files = test_files(&workspace::tests().join(folder))?;
    let program = server::build()?;
    shell::run(
        shell::command("node")
            .args(["--test", "--test-concurrency=1", "--test-reporter=spec"])
            .args(files)
            .env("ROAMKIT_SERVER_BIN", program)
            .env("ROAMKIT_PKG", workspace::pkg())
            .env("CHROMIUM", chromium.browser)
            .envs(environment.iter().copied()),
    )
}

fn test_files(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).with_context(|| format!("looking into {}", dir.display()))? {
        let file = entry?.path();
        if file.to_string_lossy().ends_with(".test.mjs") {
            files.push(file);
        }
    }
    if files.is_empty() {
        bail!("there are no *.test.mjs files in {}", dir.display());
    }
    files.sort();
    Ok(files)
}

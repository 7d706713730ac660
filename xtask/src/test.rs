//! `cargo xtask test`: installs or finds what the tests need, and runs them part by part.

use std::net::TcpListener;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::report::Report;
use crate::server::{CLIENT_ID, CLIENT_SECRET, Server};
use crate::{build, chromium, demo, node, server, shell, tools, workspace};

const WASM: &str = "--target=wasm32-unknown-unknown";

/// The options of `cargo xtask test`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Run only this part (may be given several times).
    #[arg(long, value_enum)]
    only: Vec<Part>,
}

/// The parts, in the order in which they run.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Part {
    /// Formatting, lints, unit and property tests that need no browser.
    Native,
    /// The server's tests.
    Server,
    /// The SDK in headless Chromium against a real server.
    Browser,
    /// The demo page in headless Chromium.
    E2e,
    /// The service's official web client against the server.
    Interop,
}

/// Runs them; fails if any of them did.
pub(crate) fn test(options: &Options) -> Result<()> {
    let wanted = |part| options.only.is_empty() || options.only.contains(&part);
    let mut report = Report::default();
    if wanted(Part::Native) {
        native(&mut report);
    }
    if wanted(Part::Server) {
        report.step("server", || {
            shell::run(shell::cargo().args(["test", "--package=roamkit-server", "--no-fail-fast"]))
        });
    }
    if wanted(Part::Browser) {
        report.step("browser", browser);
    }
    if wanted(Part::E2e) {
        report.step("e2e: the package", build::build);
        report.step("e2e: its typings", typings);
        report.step("e2e", || node_tests("e2e"));
    }
    if wanted(Part::Interop) {
        report.step("interop", || node_tests("interop"));
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
        shell::run(shell::cargo().args(["clippy", "--package=roamkit", "--all-targets", WASM]).args(lints))
    });
    report.step("native: tests", || {
        shell::run(shell::cargo().args(["test", "--package=roamkit-wire", "--package=roamkit", "--lib"]))
    });
    report.step("native: tests of the commands", || {
        shell::run(shell::cargo().args(["test", "--package=xtask"]))
    });
}

/// The wasm-bindgen tests. They find the server through `option_env!("ROAMKIT_TEST_SERVER")`.
fn browser() -> Result<()> {
    let chromium = chromium::chromium()?;
    let runner = tools::wasm_bindgen()?.join("wasm-bindgen-test-runner");
    let program = server::build()?;
    let server = Server::start(
        &program,
        &[
            format!("--listen=127.0.0.1:{}", usual_port()),
            "--database=sqlite::memory:".to_owned(),
            "--open-registration".to_owned(),
        ],
    )?;
    shell::run(
        shell::cargo()
            .args(["test", "--package=roamkit", "--lib", "--tests", "--no-fail-fast", WASM])
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner)
            .env("CHROMEDRIVER", chromium.driver)
            .env("WASM_BINDGEN_TEST_TIMEOUT", "300")
            .env("ROAMKIT_TEST_SERVER", &server.url)
            .env("ROAMKIT_TEST_APP_KEY", demo::APP_KEY)
            .env("ROAMKIT_TEST_CLIENT_ID", CLIENT_ID)
            .env("ROAMKIT_TEST_CLIENT_SECRET", CLIENT_SECRET),
    )
}

/// A strict TypeScript program over the package, with mistakes that must not compile.
fn typings() -> Result<()> {
    node::packages()?;
    shell::run(shell::command(node::bin("tsc")).arg("--project").arg(workspace::tests().join("types")))
}

/// The same port each time if it is free, so that the tests, into which the address is compiled, need not be
/// compiled again; else any.
fn usual_port() -> u16 {
    const USUAL: u16 = 47_380;
    if TcpListener::bind(("127.0.0.1", USUAL)).is_ok() { USUAL } else { 0 }
}

/// The tests of node's own runner in `tests/{folder}`; they start their servers themselves.
fn node_tests(folder: &str) -> Result<()> {
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
            .env("CHROMIUM", chromium.browser),
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

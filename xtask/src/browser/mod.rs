//! The browser part of the tests: the wasm-bindgen tests, compiled once, run in each engine against a real server.

mod bounded;
mod engine;
mod firefox;
mod webkit;

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

pub(crate) use engine::Engine;
use engine::Setup;

use crate::report::Report;
use crate::server::{CLIENT_ID, CLIENT_SECRET, Server};
use crate::{demo, server, shell, tools};

/// The time limit for one engine. The tests take about a minute; the limit is for browsers that hang.
const LIMIT: Duration = Duration::from_mins(10);
/// The time limit for one test file, in seconds.
const FILE_LIMIT: &str = "300";

/// The environment variables in which the test runner looks for a driver.
const DRIVERS: [&str; 4] = ["CHROMEDRIVER", "GECKODRIVER", "SAFARIDRIVER", "MSEDGEDRIVER"];

/// Runs the tests in the requested engines, and installs those that are missing. Without a request it runs them in Chromium and
/// in the other installed engines.
pub(crate) fn run(report: &mut Report, requested: &[Engine]) {
    let Some(tests) = report.step("browser: the tests, compiled, and a server", Tests::prepare) else {
        return;
    };
    for engine in Engine::ALL {
        let name = format!("browser: {}", engine.name());
        if is_wanted(engine, requested, engine.is_here()) {
            report.step(&name, || tests.run_in(engine.installed()?));
        } else if requested.is_empty() {
            let how = format!("`cargo xtask test --engines {}`", engine.name());
            let why =
                format!("not installed. {how} installs it on Debian, as root; it needs {}", engine.needs());
            report.skip(&name, &why);
        }
    }
}

fn is_wanted(engine: Engine, requested: &[Engine], is_here: bool) -> bool {
    if requested.is_empty() { is_here || engine == Engine::Chromium } else { requested.contains(&engine) }
}

/// The compiled tests, and the server that they use. The server's address is compiled into them.
struct Tests {
    runner: PathBuf,
    server: Server,
}

impl Tests {
    fn prepare() -> Result<Self> {
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
        let tests = Self { runner, server };
        shell::run(tests.cargo(shell::cargo()).arg("--no-run"))?;
        Ok(tests)
    }

    /// Runs the same compiled tests in an engine.
    fn run_in(&self, engine: Setup) -> Result<()> {
        println!("{}", engine.version);
        let cargo = shell::cargo();
        let mut wrapper = engine.wrapper.into_iter();
        let command = match wrapper.next() {
            Some(program) => {
                let mut command = shell::command(program);
                command.args(wrapper).arg(cargo.get_program());
                command
            }
            None => cargo,
        };
        let mut command = self.cargo(command);
        // The runner uses the first driver that it finds in the environment.
        for name in DRIVERS {
            command.env_remove(name).env_remove(format!("{name}_REMOTE"));
        }
        bounded::run(command.envs(engine.env), LIMIT)
    }

    /// Adds the arguments of the tests. They read the server's address with `option_env!`.
    fn cargo(&self, mut command: Command) -> Command {
        command
            .args(["test", "--package=roamkit", "--lib", "--tests", "--no-fail-fast"])
            .arg(crate::test::WASM)
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", &self.runner)
            .env("WASM_BINDGEN_TEST_TIMEOUT", FILE_LIMIT)
            .env("ROAMKIT_TEST_SERVER", &self.server.url)
            .env("ROAMKIT_TEST_APP_KEY", demo::APP_KEY)
            .env("ROAMKIT_TEST_CLIENT_ID", CLIENT_ID)
            .env("ROAMKIT_TEST_CLIENT_SECRET", CLIENT_SECRET);
        command
    }
}

/// The usual port if it is free, otherwise 0 for any port. With the same address the tests are not compiled again.
fn usual_port() -> u16 {
    const USUAL: u16 = 47_380;
    if TcpListener::bind(("127.0.0.1", USUAL)).is_ok() { USUAL } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requested_engines_run_or_else_chromium_and_the_installed_ones() {
        let wanted = |requested: &[Engine], installed: &[Engine]| -> Vec<Engine> {
            Engine::ALL
                .into_iter()
                .filter(|engine| is_wanted(*engine, requested, installed.contains(engine)))
                .collect()
        };
        let [chromium, firefox, webkit] = Engine::ALL;
        assert_eq!(wanted(&[], &[]), [chromium]);
        assert_eq!(wanted(&[], &[chromium, webkit]), [chromium, webkit]);
        assert_eq!(wanted(&[webkit, firefox, webkit], &[chromium]), [firefox, webkit]);
    }
}

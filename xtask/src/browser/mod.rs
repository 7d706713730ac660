//! The browser part: the wasm-bindgen tests, compiled once, in each engine against a real server.

mod bounded;
mod engine;
mod firefox;
mod webkit;

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use engine::Driven;
pub(crate) use engine::Engine;

use crate::report::Report;
use crate::server::{CLIENT_ID, CLIENT_SECRET, Server};
use crate::{demo, server, shell, tools};

/// How long the tests may take in one engine. They take about a minute; this ends a browser that hangs.
const LIMIT: Duration = Duration::from_mins(10);
/// How long those of one test file may take, s.
const FILE_LIMIT: &str = "300";

/// What the test runner looks for in the environment.
const DRIVERS: [&str; 4] = ["CHROMEDRIVER", "GECKODRIVER", "SAFARIDRIVER", "MSEDGEDRIVER"];

/// Runs them in the engines that were asked for, which are installed if need be; in Chromium and what else is here if
/// none was.
pub(crate) fn run(report: &mut Report, asked: &[Engine]) {
    let Some(tests) = report.step("browser: the tests, compiled, and a server", Tests::prepare) else {
        return;
    };
    for engine in Engine::ALL {
        let name = format!("browser: {}", engine.name());
        if is_wanted(engine, asked, engine.is_here()) {
            report.step(&name, || tests.run_in(engine.installed()?));
        } else if asked.is_empty() {
            let how = format!("`cargo xtask test --engines {}`", engine.name());
            let why = format!(
                "not on this machine. {how} installs it on Debian, as root; it needs {}",
                engine.needs()
            );
            report.left_out(&name, &why);
        }
    }
}

fn is_wanted(engine: Engine, asked: &[Engine], is_here: bool) -> bool {
    if asked.is_empty() { is_here || engine == Engine::Chromium } else { asked.contains(&engine) }
}

/// The compiled tests, and the server they speak to, whose address is compiled into them.
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

    /// Nothing that differs between engines is compiled in: the same programs run in each.
    fn run_in(&self, engine: Driven) -> Result<()> {
        println!("{}", engine.version);
        let cargo = shell::cargo();
        let mut under = engine.under.into_iter();
        let command = match under.next() {
            Some(program) => {
                let mut command = shell::command(program);
                command.args(under).arg(cargo.get_program());
                command
            }
            None => cargo,
        };
        let mut command = self.cargo(command);
        // The runner takes the first driver that the environment names.
        for name in DRIVERS {
            command.env_remove(name).env_remove(format!("{name}_REMOTE"));
        }
        bounded::run(command.envs(engine.env), LIMIT)
    }

    /// They find the server through `option_env!("ROAMKIT_TEST_SERVER")`.
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

/// The same port each time if it is free, so that the tests, into which the address is compiled, need not be
/// compiled again; else any.
fn usual_port() -> u16 {
    const USUAL: u16 = 47_380;
    if TcpListener::bind(("127.0.0.1", USUAL)).is_ok() { USUAL } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_the_engines_that_were_asked_for_or_those_that_are_here() {
        let wanted = |asked: &[Engine], here: &[Engine]| -> Vec<Engine> {
            Engine::ALL
                .into_iter()
                .filter(|engine| is_wanted(*engine, asked, here.contains(engine)))
                .collect()
        };
        let [chromium, firefox, webkit] = Engine::ALL;
        assert_eq!(wanted(&[], &[]), [chromium]);
        assert_eq!(wanted(&[], &[chromium, webkit]), [chromium, webkit]);
        assert_eq!(wanted(&[webkit, firefox, webkit], &[chromium]), [firefox, webkit]);
    }
}

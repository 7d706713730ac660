//! A `roamkit-server` process that ends when its guard is dropped.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::{demo, shell, workspace};

/// The app's client id on the servers that these commands start.
pub(crate) const CLIENT_ID: &str = "demo-client";
/// The app's secret on these servers.
pub(crate) const CLIENT_SECRET: &str = "demo-secret";

/// Builds the server and returns its program. The debug build takes a fraction of the time, and the root `Cargo.toml` optimizes
/// the slow dependencies even there.
pub(crate) fn build() -> Result<PathBuf> {
    shell::run(shell::cargo().args(["build", "--package=roamkit-server"]))?;
    Ok(program("debug"))
}

/// Builds the server with optimization, for measurements. The first time takes minutes.
pub(crate) fn build_release() -> Result<PathBuf> {
    shell::run(shell::cargo().args(["build", "--package=roamkit-server", "--release"]))?;
    Ok(program("release"))
}

fn program(profile: &str) -> PathBuf {
    workspace::target().join(profile).join(format!("roamkit-server{}", std::env::consts::EXE_SUFFIX))
}

/// A running server.
pub(crate) struct Server {
    child: Child,
    /// Its address, `http://127.0.0.1:PORT`.
    pub(crate) url: String,
}

impl Server {
    /// Starts the program with the credentials above and `args`, and waits until it prints its address.
    pub(crate) fn start(program: &PathBuf, args: &[String]) -> Result<Self> {
        let mut child = shell::command(program)
            .args(["--app", demo::APP_KEY, "--client-id", CLIENT_ID, "--client-secret", CLIENT_SECRET])
            // All clients of the tests have one address, and send requests as fast as they can.
            .args(["--rate-user=0", "--rate-address=0"])
            .args(["--max-connections-address=0", "--max-sockets-address=0"])
            .args(args)
            // One line per request would hide the important ones.
            .env("ROAMKIT_LOG", std::env::var("ROAMKIT_LOG").unwrap_or_else(|_| "warn".to_owned()))
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("could not start {}", program.display()))?;
        let stdout = child.stdout.take().context("the server has no output")?;
        let mut server = Self { child, url: String::new() };
        let (send, receive) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                match line.rsplit_once("listening on ") {
                    Some((_, url)) => drop(send.send(url.trim().to_owned())),
                    None => println!("{line}"),
                }
            }
        });
        match receive.recv_timeout(Duration::from_secs(30)) {
            Ok(url) => server.url = url,
            Err(RecvTimeoutError::Timeout) => bail!("the server did not print its address within 30 s"),
            Err(RecvTimeoutError::Disconnected) => bail!("the server could not start; its output is above"),
        }
        Ok(server)
    }

    /// Whether it is still running.
    pub(crate) fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The signal of Ctrl-C lets the server close its database. If it does not end, it is killed.
        let interrupted = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        if interrupted.is_ok_and(|status| status.success()) {
            for _ in 0..50 {
                if !self.is_running() {
                    return;
                }
                std::thread::sleep(Duration::from_millis(100));
            }
        }
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

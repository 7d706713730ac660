//! A `roamkit-server` process, ended when its guard is dropped.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::{demo, shell, workspace};

/// The app credentials of the servers that these commands start.
pub(crate) const CLIENT_ID: &str = "demo-client";
/// See [`CLIENT_ID`].
pub(crate) const CLIENT_SECRET: &str = "demo-secret";

/// Builds the server and returns its program. A debug build: it is there in a fraction of the time, and what would be
/// slow in it is optimised all the same (see the root `Cargo.toml`).
pub(crate) fn build() -> Result<PathBuf> {
    shell::run(shell::cargo().args(["build", "--package=roamkit-server"]))?;
    Ok(program("debug"))
}

/// Builds the server as it is deployed, to be measured; that takes minutes the first time.
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
    /// Starts the program with the credentials above and `args`, and waits until it says where it listens.
    pub(crate) fn start(program: &PathBuf, args: &[String]) -> Result<Self> {
        let mut child = shell::command(program)
            .args(["--app", demo::APP_KEY, "--client-id", CLIENT_ID, "--client-secret", CLIENT_SECRET])
            // Everybody here has one address, and tests ask as fast as they can.
            .args(["--rate-user=0", "--rate-address=0"])
            .args(["--max-connections-address=0", "--max-sockets-address=0"])
            .args(args)
            // A line a request would hide what matters here.
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
            Err(RecvTimeoutError::Timeout) => bail!("the server did not say within 30 s where it listens"),
            Err(RecvTimeoutError::Disconnected) => bail!("the server could not start; what it said is above"),
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
        // Ctrl-C's signal, so that it closes its database; then for good.
        let asked = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        if asked.is_ok_and(|status| status.success()) {
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

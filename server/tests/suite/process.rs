//! The program as a process: its log and its memory.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

/// A running program. It is killed when it is dropped.
pub struct Program {
    child: Child,
    stderr: Option<JoinHandle<String>>,
    pub address: String,
}

/// The program with the flags that these tests share.
pub fn command(secret: &str, flags: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_roamkit-server"));
    command
        .args(["--listen", "127.0.0.1:0", "--app", "demo#chat", "--app", "other#app", "--client-id", "ID"])
        .args(["--client-secret", secret, "--password-memory", "8"])
        .args(flags)
        .env("ROAMKIT_LOG", "trace,tungstenite::protocol=trace")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

impl Program {
    pub fn start(secret: &str, flags: &[&str]) -> Self {
        let mut child = command(secret, flags).spawn().unwrap();
        let mut stderr = child.stderr.take().unwrap();
        let stderr = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            stderr.read_to_end(&mut bytes).unwrap();
            String::from_utf8_lossy(&bytes).into_owned()
        });
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (send, receive) = mpsc::channel();
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if let Some((_, url)) = line.rsplit_once("://") {
                    let _ = send.send(url.to_owned());
                }
            }
        });
        let address = receive.recv_timeout(Duration::from_secs(30)).unwrap();
        Self { child, stderr: Some(stderr), address }
    }

    /// The resident memory, in bytes.
    #[cfg(target_os = "linux")]
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap() * 1024
    }

    /// Kills the program and returns its log.
    pub fn kill(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.stderr.take().unwrap().join().unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

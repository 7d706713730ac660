//! Runs a command with a time limit, for browsers that hang and drivers that never answer. When the run ends, all processes
//! that it started are ended, too.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::shell;

/// The environment variable that identifies the processes of a run. Browsers leave the process group and the session of their
/// parent, but they keep its environment.
const MARK: &str = "ROAMKIT_BROWSER_RUN";

/// Runs the command and shows its output. Fails if the command fails or exceeds the limit.
pub(crate) fn run(command: &mut Command, limit: Duration) -> Result<()> {
    let mark = format!("{}-{}", std::process::id(), std::time::UNIX_EPOCH.elapsed()?.as_nanos());
    run_marked(command, limit, &mark)
}

fn run_marked(command: &mut Command, limit: Duration, mark: &str) -> Result<()> {
    let line = shell::shown(command);
    println!("$ {line}");
    let start = Instant::now();
    let mut child = command.env(MARK, mark).spawn().with_context(|| format!("could not start `{line}`"))?;
    let status = loop {
        match child.try_wait()? {
            Some(status) => break Some(status),
            None if start.elapsed() >= limit => break None,
            None => std::thread::sleep(Duration::from_millis(100)),
        }
    };
    if status.is_none() {
        drop(child.kill());
    }
    end_marked(mark);
    match status {
        Some(status) if status.success() => Ok(()),
        Some(status) => bail!("`{line}` failed ({status})"),
        None => {
            drop(child.wait());
            bail!("`{line}` did not end within {} s and was killed", limit.as_secs())
        }
    }
}

/// Kills all processes of a run. On systems without `/proc` it finds none.
fn end_marked(mark: &str) {
    // A process may start another one meanwhile; the next round finds that one.
    for _ in 0..20 {
        let found = marked(mark);
        if found.is_empty() {
            return;
        }
        let ended = Command::new("kill").arg("-KILL").args(found).stderr(Stdio::null()).status();
        drop(ended);
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn marked(mark: &str) -> Vec<String> {
    let mark = format!("{MARK}={mark}");
    let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
    let is_marked = |process: &std::fs::DirEntry| {
        std::fs::read(process.path().join("environ"))
            .is_ok_and(|environ| environ.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes()))
    };
    let found = processes.flatten().filter(is_marked);
    found.map(|process| process.file_name().to_string_lossy().into_owned()).collect()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    fn script(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdin(Stdio::null());
        command
    }

    #[test]
    fn the_exit_status_is_passed_on() {
        assert!(run_marked(&mut script("exit 0"), LONG, "passes").is_ok());
        assert!(run_marked(&mut script("exit 3"), LONG, "passes").is_err());
    }

    #[test]
    fn a_run_that_exceeds_the_limit_is_killed() {
        let start = Instant::now();
        let error = run_marked(&mut script("sleep 300; :"), Duration::from_millis(300), "long");
        assert!(error.is_err_and(|error| error.to_string().contains("did not end within")));
        assert!(start.elapsed() < LONG);
        assert_eq!(marked("long"), [""; 0]);
    }

    #[test]
    fn background_processes_are_killed() {
        assert!(run_marked(&mut script("setsid sleep 300 >/dev/null 2>&1 &"), LONG, "behind").is_ok());
        assert_eq!(marked("behind"), [""; 0]);
    }
}

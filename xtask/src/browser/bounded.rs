//! A run with a bound on its time. A browser that hangs, or a driver that never answers, fails then; and nothing that the
//! run started is left behind, however it ended.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::shell;

/// In the environment of whatever the run starts. Browsers leave the groups and sessions of those who start them,
/// and outlive them; this they keep.
const MARK: &str = "ROAMKIT_BROWSER_RUN";

/// Runs it with its output shown; fails if it does, or is not done in that time.
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
            bail!("`{line}` was not done within {} s, and was ended", limit.as_secs())
        }
    }
}

/// Ends all processes with that mark. Where there is no `/proc`, none is found.
fn end_marked(mark: &str) {
    // What one of them starts meanwhile is found in the next round.
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
    fn passes_on_how_it_ended() {
        assert!(run_marked(&mut script("exit 0"), LONG, "passes").is_ok());
        assert!(run_marked(&mut script("exit 3"), LONG, "passes").is_err());
    }

    #[test]
    fn ends_what_takes_too_long() {
        let start = Instant::now();
        let error = run_marked(&mut script("sleep 300; :"), Duration::from_millis(300), "long");
        assert!(error.is_err_and(|error| error.to_string().contains("was not done within")));
        assert!(start.elapsed() < LONG);
        assert_eq!(marked("long"), [""; 0]);
    }

    #[test]
    fn leaves_nothing_behind() {
        assert!(run_marked(&mut script("setsid sleep 300 >/dev/null 2>&1 &"), LONG, "behind").is_ok());
        assert_eq!(marked("behind"), [""; 0]);
    }
}

//! Feeds the decoders with input that no honest server sends: valid input, broken by its structure, and noise.
//!
//! No decoder may panic (a panic poisons the page), use memory out of proportion to its input, overflow a stack
//! as small as a page's, or hang. A run starts with the inputs of `corpus/regressions/`. It prints its seed, and
//! saves a failing input in `failures/`.
//!
//! The inputs are tried in a process of their own, since a stack overflow and a failed allocation end the process.

mod corpus;
mod decoders;
mod mutate;
mod trial;
mod worker;

use clap::Parser;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, ExitStatus};
use std::time::{Duration, Instant};
use worker::{Outcome, Until};

/// A case that takes longer hangs.
const MOST_SILENCE: Duration = Duration::from_mins(1);

#[derive(Parser)]
struct Options {
    /// Stop after so many cases.
    #[arg(long, default_value_t = 10_000)]
    cases: u64,
    /// Stop after so many seconds instead.
    #[arg(long)]
    seconds: Option<u64>,
    /// Repeats the run that printed this seed.
    #[arg(long)]
    seed: Option<u64>,
    /// Tries only the input in this file.
    #[arg(long)]
    file: Option<PathBuf>,
    /// The process that tries: where to write down the case.
    #[arg(long, hide = true)]
    log: Option<PathBuf>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let passed = match (&options.file, &options.log) {
        (Some(file), _) => worker::replay(file).map(|outcome| tell(&outcome, file)),
        (None, Some(log)) => work(&options, log),
        (None, None) => watch(&options),
    };
    match passed {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn until(options: &Options) -> Until {
    options.seconds.map_or(Until::Cases(options.cases), |seconds| Until::Time(Duration::from_secs(seconds)))
}

/// Prints the failure, and the command that repeats it.
fn tell(outcome: &Outcome, file: &Path) -> bool {
    let Outcome::Failed(failure, _) = outcome else { return true };
    println!("FAILED: {}: {}", failure.decoder, failure.what);
    println!(
        "the input is in {0}; try it again with: cargo run -p roamkit-fuzz -- --file {0}",
        file.display()
    );
    false
}

fn work(options: &Options, log: &Path) -> io::Result<bool> {
    let outcome = worker::run(options.seed.unwrap_or_default(), until(options), log)?;
    match &outcome {
        Outcome::Passed => Ok(true),
        Outcome::Failed(_, input) => Ok(tell(&outcome, &keep(input)?)),
    }
}

/// Saves a failing input under the hash of its content.
fn keep(input: &[u8]) -> io::Result<PathBuf> {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    input.hash(&mut hasher);
    let folder = folder().join("failures");
    fs::create_dir_all(&folder)?;
    let file = folder.join(format!("{:016x}", hasher.finish()));
    fs::write(&file, input)?;
    Ok(file)
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Replays the known inputs, then watches a process that tries new ones.
fn watch(options: &Options) -> io::Result<bool> {
    let mut known = Vec::new();
    for entry in fs::read_dir(folder().join("corpus/regressions"))? {
        known.push(entry?.path());
    }
    known.sort();
    for file in &known {
        if !Command::new(std::env::current_exe()?).arg("--file").arg(file).status()?.success() {
            println!("FAILED: the known input {}", file.display());
            return Ok(false);
        }
    }
    let seed = options.seed.unwrap_or_else(|| fastrand::u64(..));
    println!("{} known inputs pass; seed {seed}", known.len());
    let log = std::env::temp_dir().join(format!("roamkit-fuzz-{}", std::process::id()));
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("--log").arg(&log).arg(format!("--seed={seed}"));
    match until(options) {
        Until::Cases(cases) => command.arg(format!("--cases={cases}")),
        Until::Time(time) => command.arg(format!("--seconds={}", time.as_secs())),
    };
    let status = wait(&mut command.spawn()?, &log);
    let case = case(&log);
    drop(fs::remove_file(&log));
    let status = status?;
    if let (None | Some(101..), Some(case)) = (status.code(), case) {
        let file = keep(&worker::input(seed, case))?;
        println!("FAILED: case {case} of seed {seed} ended the process ({status})");
        println!(
            "the input is in {0}; try it again with: cargo run -p roamkit-fuzz -- --file {0}",
            file.display()
        );
    }
    Ok(status.success())
}

/// Waits for the process, and ends it when one case takes too long.
fn wait(worker: &mut Child, log: &Path) -> io::Result<ExitStatus> {
    let mut last = (None, Instant::now());
    loop {
        if let Some(status) = worker.try_wait()? {
            return Ok(status);
        }
        let now = case(log);
        if now != last.0 {
            last = (now, Instant::now());
        } else if last.1.elapsed() > MOST_SILENCE {
            worker.kill()?;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn case(log: &Path) -> Option<u64> {
    Some(u64::from_le_bytes(fs::read(log).ok()?.try_into().ok()?))
}

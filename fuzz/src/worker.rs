//! The process that tries inputs. It writes down each case before it tries it, so that the watching process knows
//! which case ended it.

use crate::trial::{self, Failure, Most};
use crate::{corpus, decoders};
use fastrand::Rng;
use std::fs::{self, File};
use std::io::{self, Seek as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

/// What a page gives WebAssembly by default. (Frames of an unoptimised build are larger than those of the package.)
const STACK_BYTES: usize = 1024 * 1024;

/// The end of a run.
#[derive(Clone, Copy)]
pub enum Until {
    /// After so many cases.
    Cases(u64),
    /// After so much time.
    Time(Duration),
}

/// The result of a run.
pub enum Outcome {
    /// Every input passed.
    Passed,
    /// An input did not pass.
    Failed(Failure, Vec<u8>),
}

/// The input of a case.
pub fn input(seed: u64, case: u64) -> Vec<u8> {
    corpus::input(&mut Rng::with_seed(seed.wrapping_add(case.wrapping_mul(0x9E37_79B9_7F4A_7C15))))
}

/// Tries the inputs of a seed.
pub fn run(seed: u64, until: Until, log: &Path) -> io::Result<Outcome> {
    let mut log = File::create(log)?;
    on_small_stack(move || {
        let start = Instant::now();
        let mut said = start;
        let mut most = Most::default();
        let mut case = 0;
        loop {
            let done = match until {
                Until::Cases(cases) => case >= cases,
                Until::Time(time) => start.elapsed() >= time,
            };
            if done || said.elapsed() >= Duration::from_mins(1) {
                tell(case, start.elapsed(), &most);
                said = Instant::now();
            }
            if done {
                return Ok(Outcome::Passed);
            }
            log.rewind()?;
            log.write_all(&u64::to_le_bytes(case))?;
            let input = input(seed, case);
            if let Err(failure) = trial::trial(decoders::ALL, &input, &mut most) {
                println!("case {case} of seed {seed}:");
                return Ok(Outcome::Failed(failure, input));
            }
            case += 1;
        }
    })
}

/// Tries one input from a file.
pub fn replay(file: &Path) -> io::Result<Outcome> {
    let input = fs::read(file)?;
    on_small_stack(move || {
        Ok(match trial::trial(decoders::ALL, &input, &mut Most::default()) {
            Ok(()) => Outcome::Passed,
            Err(failure) => Outcome::Failed(failure, input),
        })
    })
}

fn on_small_stack(run: impl FnOnce() -> io::Result<Outcome> + Send + 'static) -> io::Result<Outcome> {
    trial::listen_to_panics();
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(run)?;
    thread.join().map_err(|_| io::Error::other("the fuzzer itself panicked"))?
}

fn tell(cases: u64, took: Duration, most: &Most) {
    let seconds = took.as_secs_f64().max(0.001);
    let ((memory, hungry), (time, slow)) = (most.memory, most.time);
    println!(
        "{cases} cases in {seconds:.0} s ({:.0} a second); at most {memory} bytes of memory for each byte \
         ({hungry}) and {} ms ({slow})",
        cases as f64 / seconds,
        time.as_millis()
    );
}

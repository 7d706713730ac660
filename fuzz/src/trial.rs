//! Gives one input to every decoder, and watches panics, memory and time.

use crate::decoders::Decoder;
use peak_alloc::PeakAlloc;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// The memory that a decoder may use for an input of any length.
const MEMORY_BASE: usize = 64 * 1024;
/// The memory that a decoder may use in addition for each byte of its input. Two bytes make an empty `Content` of some 440 bytes, and a growing list
/// is copied into one with twice the room.
const MEMORY_PER_BYTE: usize = 800;
/// Far above what any input of this size needs, since other programs may have the processor.
const MOST_TIME: Duration = Duration::from_secs(5);

/// A broken rule.
pub struct Failure {
    /// The decoder's name.
    pub decoder: &'static str,
    /// A description of what it did.
    pub what: String,
}

/// The largest figures of a run.
#[derive(Clone, Copy, Default)]
pub struct Most {
    /// Bytes of memory for each byte of the input, and which decoder used them.
    pub memory: (usize, &'static str),
    /// Time, and which decoder took it.
    pub time: (Duration, &'static str),
}

static PANIC: Mutex<String> = Mutex::new(String::new());
/// The allocator counts for the whole process.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Stores panic messages instead of printing them.
pub fn listen_to_panics() {
    std::panic::set_hook(Box::new(|info| {
        *PANIC.lock().unwrap_or_else(PoisonError::into_inner) = info.to_string();
    }));
}

/// Gives the input to each of the decoders.
pub fn trial(decoders: &[Decoder], input: &[u8], most: &mut Most) -> Result<(), Failure> {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    for decoder in decoders {
        let before = ALLOCATOR.current_usage();
        ALLOCATOR.reset_peak_usage();
        let start = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| (decoder.run)(input)));
        let took = start.elapsed();
        let used = ALLOCATOR.peak_usage() - before;
        let failed = |what| Err(Failure { decoder: decoder.name, what });
        if outcome.is_err() {
            return failed(PANIC.lock().unwrap_or_else(PoisonError::into_inner).clone());
        }
        if used > MEMORY_BASE + MEMORY_PER_BYTE * input.len() {
            return failed(format!("it used {used} bytes of memory for an input of {}", input.len()));
        }
        if took > MOST_TIME {
            return failed(format!("it took {took:?} for an input of {} bytes", input.len()));
        }
        let each = used.saturating_sub(MEMORY_BASE) / input.len().max(1);
        most.memory = most.memory.max((each, decoder.name));
        most.time = most.time.max((took, decoder.name));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hint::black_box;

    #[test]
    fn panics_memory_and_time_are_reported() {
        let input = vec![7; 60_000];
        let fine = || Decoder { name: "fine", run: |bytes| drop(black_box(bytes.to_vec())) };
        let failure = |run| {
            let decoders = [fine(), Decoder { name: "bad", run }];
            let failure = trial(&decoders, &input, &mut Most::default()).err();
            failure.filter(|failure| failure.decoder == "bad").map(|failure| failure.what)
        };
        listen_to_panics();
        let panicked = failure(|bytes| assert_eq!(bytes.len(), 1, "how long?")).unwrap_or_default();
        drop(std::panic::take_hook());
        assert!(panicked.contains("how long?"), "{panicked}");
        let hoarded = failure(|bytes| drop(black_box(vec![1_u8; bytes.len() * 1_000]))).unwrap_or_default();
        assert!(hoarded.contains("bytes of memory"), "{hoarded}");
        let dawdled =
            failure(|_| std::thread::sleep(MOST_TIME + Duration::from_millis(1))).unwrap_or_default();
        assert!(dawdled.contains("it took"), "{dawdled}");
        assert_eq!(failure(|bytes| drop(black_box(bytes.to_vec()))), None);
    }
}

//! Counts how often another client with the same device id takes this one's place.
//!
//! A service tells the replaced session so (`refusal.rs`). Against one that only ends it, the two clients would replace each
//! other for ever. A lost connection looks different: nobody logs it out, and no server closes it in order. So orderly ends of a
//! session that was up are counted.

/// So many orderly ends within [`WINDOW_MS`] mean that another client takes this one's place.
const MAX_EVICTIONS: usize = 3;
/// The time in which they are counted.
const WINDOW_MS: u64 = 60_000;

/// The recent orderly ends of sessions.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Evictions {
    /// Their times, oldest first.
    times: [Option<u64>; MAX_EVICTIONS - 1],
}

impl Evictions {
    /// The server ended the session in order, without a reason. Returns whether that happened too often.
    pub(super) fn count(&mut self, now: u64) -> bool {
        let is_too_often = self.times[0].is_some_and(|oldest| now.saturating_sub(oldest) < WINDOW_MS);
        self.times.rotate_left(1);
        self.times[MAX_EVICTIONS - 2] = Some(now);
        is_too_often
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_third_eviction_within_a_minute_is_too_often() {
        let mut evictions = Evictions::default();
        let counted = [0, 20_000, 70_000, 80_000, 129_999, 300_000].map(|now| evictions.count(now));
        assert_eq!(counted, [false, false, false, false, true, false]);
    }
}

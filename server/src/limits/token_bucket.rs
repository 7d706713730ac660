//! Token buckets. A bucket is stored as the time when it will be full again.

use super::recent_map::RecentMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// The number of keys that are remembered. A forgotten key has a full bucket again. A caller with more
/// addresses than this could not be limited by address anyway.
const CAPACITY: usize = 100_000;

/// The rate of a bucket and its size.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    /// The time in which one token is added.
    interval: Duration,
    /// The time in which an empty bucket becomes full.
    burst: Duration,
}

impl Rate {
    /// Returns `None` for a rate of 0, which means no limit.
    pub(super) fn new(per_second: u32, burst: Duration) -> Option<Self> {
        let interval = Duration::from_secs(1).checked_div(per_second)?;
        Some(Self { interval, burst: burst.max(interval) })
    }

    /// Takes a token from a bucket that is full at `full_at`, even if it has none. Returns the bucket's new
    /// state.
    pub(super) fn charge(self, full_at: Option<Instant>, now: Instant) -> Instant {
        full_at.map_or(now, |full_at| full_at.max(now)) + self.interval
    }

    /// Takes a token from a bucket that is full at `full_at`. Returns the bucket's new state, or the time until
    /// it has a token.
    pub(super) fn take(self, full_at: Option<Instant>, now: Instant) -> Result<Instant, Duration> {
        let full_at = self.charge(full_at, now);
        let missing = full_at.duration_since(now);
        if missing <= self.burst { Ok(full_at) } else { Err(missing.saturating_sub(self.burst)) }
    }
}

/// One bucket per key, all with the same rate.
#[derive(Debug)]
pub(super) struct TokenBuckets<K> {
    rate: Option<Rate>,
    full_at: Mutex<RecentMap<K, Instant>>,
}

impl<K: Eq + Hash + Clone> TokenBuckets<K> {
    pub(super) fn new(per_second: u32, burst: Duration) -> Self {
        Self { rate: Rate::new(per_second, burst), full_at: Mutex::new(RecentMap::new(CAPACITY)) }
    }

    /// Takes a token from a key's bucket, or returns the time until it has one.
    pub(super) fn take(&self, key: K) -> Result<(), Duration> {
        let Some(rate) = self.rate else { return Ok(()) };
        let mut buckets = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let full_at = rate.take(buckets.get(&key).copied(), Instant::now())?;
        buckets.insert(key, full_at);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_bucket_empties_and_fills() {
        let buckets = TokenBuckets::new(10, Duration::from_secs(2));
        for taken in 0..20 {
            assert_eq!(buckets.take(1), Ok(()), "{taken}");
        }
        assert_eq!(buckets.take(1), Err(Duration::from_millis(100)));
        assert_eq!(buckets.take(2), Ok(()), "another key has its own bucket");
        tokio::time::advance(Duration::from_millis(99)).await;
        assert_eq!(buckets.take(1), Err(Duration::from_millis(1)));
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(buckets.take(1), Ok(()));
        assert!(buckets.take(1).is_err(), "refused requests took no token, and one was added");
        tokio::time::advance(Duration::from_hours(1)).await;
        assert_eq!(
            (0..100).filter(|_| buckets.take(1).is_ok()).count(),
            20,
            "a bucket is never more than full"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_rate_of_zero_is_no_limit_and_the_number_of_keys_is_bounded() {
        let unlimited = TokenBuckets::new(0, Duration::from_secs(1));
        assert!((0..10_000).all(|_| unlimited.take(1).is_ok()));
        let limited = TokenBuckets::new(1, Duration::from_secs(1));
        for key in 0..2 * CAPACITY {
            assert_eq!(limited.take(key), Ok(()));
        }
        assert!(limited.full_at.lock().unwrap().len() <= CAPACITY);
        assert!(limited.take(2 * CAPACITY - 1).is_err(), "the newest keys are remembered");
    }
}

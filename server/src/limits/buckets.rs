//! Token buckets, one for each key.

use super::recent::Recent;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Keys that are remembered. A key that is forgotten has a full bucket again: whoever has more addresses than this is
/// not held up by counting them.
const CAPACITY: usize = 100_000;

/// How fast, and how much at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    /// The time in which one is earned.
    pub(crate) each: Duration,
    /// What a full bucket took to fill.
    pub(crate) burst: Duration,
}

impl Rate {
    /// So many a second, and as many at once as come in the time of a burst; `None` for 0, which is no limit.
    pub(crate) fn new(per_second: u32, burst: Duration) -> Option<Self> {
        let each = Duration::from_secs(1).checked_div(per_second)?;
        Some(Self { each, burst: burst.max(each) })
    }

    /// Takes one from the bucket that is full at a time: when it is full then, or how long one must be waited for.
    pub(crate) fn take(self, full: Option<Instant>, now: Instant) -> Result<Instant, Duration> {
        let full = full.map_or(now, |full| full.max(now)) + self.each;
        let missing = full.duration_since(now);
        if missing <= self.burst { Ok(full) } else { Err(missing.saturating_sub(self.burst)) }
    }
}

/// The buckets.
#[derive(Debug)]
pub(crate) struct Buckets<K> {
    rate: Option<Rate>,
    /// When each is full again.
    full: Mutex<Recent<K, Instant>>,
}

impl<K: Eq + Hash + Clone> Buckets<K> {
    pub(crate) fn new(per_second: u32, burst: Duration) -> Self {
        Self { rate: Rate::new(per_second, burst), full: Mutex::new(Recent::new(CAPACITY)) }
    }

    /// Takes one from a key's bucket, or tells how long there will be none.
    pub(crate) fn take(&self, key: K) -> Result<(), Duration> {
        let Some(rate) = self.rate else { return Ok(()) };
        let mut buckets = self.full.lock().unwrap_or_else(PoisonError::into_inner);
        let full = rate.take(buckets.get(&key).copied(), Instant::now())?;
        buckets.insert(key, full);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_bucket_empties_and_fills() {
        let buckets = Buckets::new(10, Duration::from_secs(2));
        for taken in 0..20 {
            assert_eq!(buckets.take(1), Ok(()), "{taken}");
        }
        assert_eq!(buckets.take(1), Err(Duration::from_millis(100)));
        assert_eq!(buckets.take(2), Ok(()), "another key has its own");
        tokio::time::advance(Duration::from_millis(99)).await;
        assert_eq!(buckets.take(1), Err(Duration::from_millis(1)));
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(buckets.take(1), Ok(()));
        assert!(buckets.take(1).is_err(), "who was refused did not pay, and one was earned");
        tokio::time::advance(Duration::from_hours(1)).await;
        assert_eq!((0..100).filter(|_| buckets.take(1).is_ok()).count(), 20, "it is never more than full");
    }

    #[tokio::test(start_paused = true)]
    async fn none_is_no_limit_and_keys_are_bounded() {
        let off = Buckets::new(0, Duration::from_secs(1));
        assert!((0..10_000).all(|_| off.take(1).is_ok()));
        let on = Buckets::new(1, Duration::from_secs(1));
        for key in 0..2 * CAPACITY {
            assert_eq!(on.take(key), Ok(()));
        }
        assert!(on.full.lock().unwrap().len() <= CAPACITY);
        assert!(on.take(2 * CAPACITY - 1).is_err(), "the newest are remembered");
    }
}

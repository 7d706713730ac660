//! How fast a socket is listened to.

use super::buckets::Rate;
use std::time::Duration;
use tokio::time::Instant;

/// A session's own token bucket. One that sends too much is not refused: it is read more slowly, and its network
/// holds it back.
#[derive(Debug)]
pub(crate) struct Pace {
    rate: Option<Rate>,
    full: Option<Instant>,
}

impl Pace {
    pub(crate) fn new(per_second: u32, burst: Duration) -> Self {
        Self { rate: Rate::new(per_second, burst), full: None }
    }

    /// Waits until a frame may be read. May be given up at any time.
    pub(crate) async fn ready(&self) {
        let Some(rate) = self.rate else { return };
        if let Err(wait) = rate.take(self.full, Instant::now()) {
            tokio::time::sleep(wait).await;
        }
    }

    /// Counts a frame that was read.
    pub(crate) fn count(&mut self) {
        if let Some(rate) = self.rate {
            let now = Instant::now();
            self.full = Some(self.full.map_or(now, |full| full.max(now)) + rate.each);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_is_read_at_once_and_the_rest_in_time() {
        let mut pace = Pace::new(10, Duration::from_secs(1));
        let start = Instant::now();
        for _ in 0..10 {
            pace.ready().await;
            pace.count();
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        for _ in 0..20 {
            pace.ready().await;
            pace.count();
        }
        let took = start.elapsed();
        assert!((1_900..2_200).contains(&took.as_millis()), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn no_rate_is_no_wait() {
        let mut pace = Pace::new(0, Duration::from_secs(1));
        let start = Instant::now();
        for _ in 0..10_000 {
            pace.ready().await;
            pace.count();
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}

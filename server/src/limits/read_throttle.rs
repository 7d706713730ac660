//! The rate at which the frames of a socket are read.

use super::token_bucket::Rate;
use std::time::Duration;
use tokio::time::Instant;

/// The token bucket of one socket. A client that sends too much is not refused. It is read more slowly, so TCP
/// flow control slows it down.
#[derive(Debug)]
pub(crate) struct ReadThrottle {
    rate: Option<Rate>,
    full_at: Option<Instant>,
}

impl ReadThrottle {
    pub(crate) fn new(per_second: u32, burst: Duration) -> Self {
        Self { rate: Rate::new(per_second, burst), full_at: None }
    }

    /// Waits until a frame may be read. Cancel safe.
    pub(crate) async fn ready(&self) {
        let Some(rate) = self.rate else { return };
        if let Err(wait) = rate.take(self.full_at, Instant::now()) {
            tokio::time::sleep(wait).await;
        }
    }

    /// Counts a frame that was read.
    pub(crate) fn count(&mut self) {
        if let Some(rate) = self.rate {
            self.full_at = Some(rate.charge(self.full_at, Instant::now()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_is_read_at_once_and_further_frames_at_the_rate() {
        let mut throttle = ReadThrottle::new(10, Duration::from_secs(1));
        let start = Instant::now();
        for _ in 0..10 {
            throttle.ready().await;
            throttle.count();
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        for _ in 0..20 {
            throttle.ready().await;
            throttle.count();
        }
        let elapsed = start.elapsed();
        assert!((1_900..2_200).contains(&elapsed.as_millis()), "{elapsed:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_rate_of_zero_is_no_limit() {
        let mut throttle = ReadThrottle::new(0, Duration::from_secs(1));
        let start = Instant::now();
        for _ in 0..10_000 {
            throttle.ready().await;
            throttle.count();
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}

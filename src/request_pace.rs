//! The pace of the requests that nobody waits for.

/// The time between two requests, in the long run.
const INTERVAL_MS: u64 = 250;
/// So many requests may follow each other at once after a quiet time.
const BURST: u64 = 4;

/// A token bucket for all requests in the background. Whatever goes wrong above it, the server gets a few requests a second.
#[derive(Debug, Default)]
pub struct RequestPace {
    /// When the bucket is full again, by the page's clock in ms.
    full_at: u64,
}

impl RequestPace {
    /// Takes the place of one request, and returns how many milliseconds it must wait. `now` never decreases.
    pub fn wait_ms(&mut self, now: u64) -> u64 {
        self.full_at = self.full_at.max(now) + INTERVAL_MS;
        (self.full_at - now).saturating_sub(INTERVAL_MS * BURST)
    }
}

// proptest does not build for the browser.
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_few_requests_go_at_once_and_the_others_four_a_second() {
        let mut pace = RequestPace::default();
        let waits: Vec<_> = (0..8).map(|_| pace.wait_ms(1_000_000)).collect();
        assert_eq!(waits, [0, 0, 0, 0, 250, 500, 750, 1_000]);
        assert_eq!(pace.wait_ms(1_003_000), 0);
    }

    proptest! {
        /// No second has more than eight requests, and a request that nobody precedes waits for nothing.
        #[test]
        fn no_second_has_more_than_eight_requests(gaps in proptest::collection::vec(0_u64..2_000, 1..200)) {
            let mut pace = RequestPace::default();
            let mut now = 1_000_000;
            let mut sent = Vec::new();
            for gap in gaps {
                now += gap;
                sent.push(now + pace.wait_ms(now));
            }
            prop_assert_eq!(sent[0] <= now, true);
            for (at, first) in sent.iter().enumerate() {
                let within = sent[at..].iter().filter(|time| **time < first + 1_000).count();
                prop_assert!(within <= 8, "{} requests in the second after {}", within, first);
            }
        }
    }
}

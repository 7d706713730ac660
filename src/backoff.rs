//! Exponential backoff with full jitter, so that clients that lost their connection together do not reconnect together.

/// The upper bound of the first wait, ms.
const BASE_MS: u64 = 500;
/// The upper bound of every wait, ms.
const CAP_MS: u64 = 30_000;

/// Counts the attempts, and chooses the waits between them.
#[derive(Clone, Debug)]
pub struct Backoff {
    tries: u32,
    state: u64,
}

impl Backoff {
    /// A new backoff. Each seed gives other waits.
    pub const fn new(seed: u64) -> Self {
        Self { tries: 0, state: seed | 1 }
    }

    /// The next wait in milliseconds: a random number from 0 to a bound that doubles with every call.
    pub fn next(&mut self) -> u64 {
        let bound = (BASE_MS << self.tries.min(16)).min(CAP_MS);
        self.tries += 1;
        self.random() % (bound + 1)
    }

    /// Starts over with short waits, after the connection was stable.
    pub const fn reset(&mut self) {
        self.tries = 0;
    }

    /// A random number by xorshift64*, which need not be unpredictable.
    const fn random(&mut self) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        self.state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_clients_spread_their_reconnects() {
        // The fifth wait is up to 8 s. No tenth of that time may see more than a fifth of the clients.
        let mut tenths = [0_u32; 10];
        for client in 0..1000_u64 {
            let mut backoff = Backoff::new(client.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            let wait = (0..5).map(|_| backoff.next()).last().unwrap();
            assert!(wait <= 8_000);
            tenths[(wait / 801) as usize] += 1;
        }
        assert!(tenths.iter().all(|&count| (20..=200).contains(&count)), "{tenths:?}");
    }

    #[test]
    fn waits_are_bounded_and_short_again_after_a_reset() {
        let mut backoff = Backoff::new(7);
        assert!((0..100).all(|_| backoff.next() <= CAP_MS));
        backoff.reset();
        assert!(backoff.next() <= BASE_MS);
    }
}

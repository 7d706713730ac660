//! When to try again: exponential backoff with full jitter, so that clients that were cut off together do not
//! come back together.

/// The longest wait of the first try, ms.
const BASE_MS: u64 = 500;
/// The longest wait of any try, ms.
const CAP_MS: u64 = 30_000;

/// Counts tries and draws waits.
#[derive(Clone, Debug)]
pub struct Backoff {
    tries: u32,
    random: u64,
}

impl Backoff {
    /// Waits differ by seed.
    pub const fn new(seed: u64) -> Self {
        Self { tries: 0, random: seed | 1 }
    }

    /// The next wait in milliseconds: anything from 0 to the bound, which doubles with every try.
    pub fn next(&mut self) -> u64 {
        let bound = (BASE_MS << self.tries.min(16)).min(CAP_MS);
        self.tries += 1;
        self.draw() % (bound + 1)
    }

    /// All was well for a while: start over.
    pub const fn reset(&mut self) {
        self.tries = 0;
    }

    /// xorshift64*: spread is all that is asked of it.
    const fn draw(&mut self) -> u64 {
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        self.random.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_clients_do_not_come_back_together() {
        // At the fifth try each waits up to 8 s: no tenth of that time may see more than a fifth of them.
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
    fn waits_are_bounded_and_start_over() {
        let mut backoff = Backoff::new(7);
        assert!((0..100).all(|_| backoff.next() <= CAP_MS));
        backoff.reset();
        assert!(backoff.next() <= BASE_MS);
    }
}

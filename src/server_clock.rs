//! The server's clock, as far as this device knows it.

/// A time from the server that is so much older than expected was not delayed: one of the clocks was set.
const MAX_DELAY_MS: i64 = 30_000;

/// The difference between the server's clock and the clock of this page.
///
/// A time from the server is late by its way, or more if the page was suspended meanwhile. So the largest difference that was
/// heard is the best.
#[derive(Clone, Copy, Debug, Default)]
pub struct ServerClock {
    /// Milliseconds from this page's time to the server's; `None` if the server was not heard yet.
    ahead_ms: Option<i64>,
}

impl ServerClock {
    /// The server told its time. Both are milliseconds since the epoch.
    pub fn hear(&mut self, now: u64, server_time: u64) {
        let heard = server_time.cast_signed().saturating_sub(now.cast_signed());
        let is_better = self.ahead_ms.is_none_or(|known| heard > known || known - heard > MAX_DELAY_MS);
        if is_better {
            self.ahead_ms = Some(heard);
        }
    }

    /// The server does not tell its time. Until it does, its clock counts as the same as this page's.
    pub fn assume_equal(&mut self) {
        self.ahead_ms.get_or_insert(0);
    }

    /// The time of this page's clock when the server's clock shows `server_time`; `None` if the server was not heard yet.
    pub fn local_time(&self, server_time: u64) -> Option<u64> {
        Some(server_time.saturating_add_signed(self.ahead_ms?.saturating_neg()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000;
    const T0: u64 = 1_700_000_000_000;

    #[test]
    fn times_of_the_server_are_converted_whatever_this_device_s_clock_says() {
        for now in [T0, T0 + 2 * HOUR, T0 - 60_000, 0] {
            let mut clock = ServerClock::default();
            assert_eq!(clock.local_time(T0), None);
            clock.hear(now, T0);
            assert_eq!(clock.local_time(T0 + HOUR), Some(now + HOUR));
        }
    }

    #[test]
    fn a_time_that_was_on_its_way_longer_does_not_count_and_one_of_another_clock_does() {
        let mut clock = ServerClock::default();
        clock.hear(T0 + 900, T0);
        clock.hear(T0 + 1_050, T0 + 1_000);
        clock.hear(T0 + 9_000, T0 + 2_000);
        assert_eq!(clock.local_time(T0), Some(T0 + 50));
        clock.hear(T0 + 8 * HOUR, T0 + 3_000);
        assert_eq!(clock.local_time(T0 + 3_000), Some(T0 + 8 * HOUR));
    }

    #[test]
    fn a_server_without_a_clock_has_this_device_s() {
        let mut clock = ServerClock::default();
        clock.assume_equal();
        assert_eq!(clock.local_time(T0), Some(T0));
        clock.hear(T0 + HOUR, T0);
        clock.assume_equal();
        assert_eq!(clock.local_time(T0), Some(T0 + HOUR));
    }
}

//! The time of a local copy.
//!
//! Several tabs write the copy, and their clocks may differ: each page starts its clock with the wall clock, which can be set
//! at any time. So the copy has a time of its own, a hybrid logical clock. Every write has a later time than all writes
//! before, which the transaction reads from the copy. Between writes, the time runs at the speed of the monotonic clock.
//!
//! The time of the copy orders. It measures nothing: it jumps forward when a page reads a write of a page whose clock is ahead.
//! A duration is measured by one page alone, with its own clock: how long ago it sent a request, or first saw a note.

use crate::model::RequestTime;
use crate::platform;
#[cfg(all(test, not(target_arch = "wasm32")))]
use std::cell::Cell;

/// The time of the copy, as one tab knows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct CopyClock {
    /// The copy's time minus the page's time, in milliseconds.
    ahead_ms: i64,
    /// The latest write that the tab knows.
    latest_write: u64,
}

impl CopyClock {
    /// The clock of a tab that knows no write yet.
    pub(super) fn new() -> Self {
        Self { ahead_ms: page_offset(), latest_write: 0 }
    }

    /// The latest write that the tab knows; 0 for none.
    pub(super) fn latest_write(&self) -> u64 {
        self.latest_write
    }

    /// The time of the copy.
    pub(super) fn now(&self, page_time: u64) -> u64 {
        page_time.saturating_add_signed(self.ahead_ms).max(self.latest_write)
    }

    /// The time of a write that begins now. It is later than that of every write before.
    pub(super) fn next_write(&self, page_time: u64) -> u64 {
        self.now(page_time).max(self.latest_write + 1)
    }

    /// A transaction found that the latest write of the copy has this time, or wrote it.
    pub(super) fn observe(&mut self, page_time: u64, write: u64) {
        if write > self.now(page_time) {
            self.ahead_ms = write.cast_signed().saturating_sub(page_time.cast_signed());
        }
        self.latest_write = self.latest_write.max(write);
    }

    /// The time of a request that is sent now. The response may lack every change of a copy of which the tab knows no write yet.
    pub(super) fn request_time(&self, page_time: u64) -> RequestTime {
        RequestTime { known_write: self.latest_write, sent_at: page_time }
    }
}

/// The time of this page, in ms since the epoch.
pub(super) fn page_time() -> u64 {
    #[cfg(all(test, not(target_arch = "wasm32")))]
    if let Some(now) = TEST_CLOCK.get() {
        return now;
    }
    platform::now()
}

/// The time by the wall clock, in ms since the epoch.
pub(super) fn wall_time() -> u64 {
    #[cfg(all(test, not(target_arch = "wasm32")))]
    if let Some(now) = TEST_CLOCK.get() {
        return now.saturating_add_signed(TEST_OFFSET.get());
    }
    platform::clock::reading().wall
}

/// The difference of the clock of a page that opens now; 0 outside of tests, where each page has a clock of its own.
fn page_offset() -> i64 {
    #[cfg(all(test, not(target_arch = "wasm32")))]
    return TEST_OFFSET.get();
    #[cfg(not(all(test, not(target_arch = "wasm32"))))]
    0
}

#[cfg(all(test, not(target_arch = "wasm32")))]
thread_local! {
    static TEST_CLOCK: Cell<Option<u64>> = const { Cell::new(None) };
    static TEST_OFFSET: Cell<i64> = const { Cell::new(0) };
}

/// Sets the time for all stores of this thread.
#[cfg(all(test, not(target_arch = "wasm32")))]
pub(super) fn set_clock(now: u64) {
    TEST_CLOCK.set(Some(now));
}

/// Sets the wall clock of this thread wrong by so many milliseconds. The pages that open from now on start with it.
#[cfg(all(test, not(target_arch = "wasm32")))]
pub(super) fn set_wall_offset(ms: i64) {
    TEST_OFFSET.set(ms);
}

// proptest does not build for the browser.
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOUR: i64 = 3_600_000;

    #[test]
    fn a_copy_whose_clock_was_ahead_stays_ahead() {
        set_wall_offset(0);
        let mut clock = CopyClock::new();
        clock.observe(1_000_000, 9_000_000);
        assert_eq!(clock.now(1_000_000), 9_000_000);
        assert_eq!(clock.now(1_005_000), 9_005_000);
        assert_eq!(clock.next_write(1_000_000), 9_000_001);
    }

    proptest! {
        /// Pages with clocks that differ by hours write one copy, each after it read the latest write. The times of the
        /// writes rise, and a request is before exactly the writes that follow it and those that its page did not know.
        #[test]
        fn writes_are_ordered_whatever_the_clocks_of_the_pages_say(
            offsets in proptest::collection::vec(-9 * HOUR..9 * HOUR, 3),
            steps in proptest::collection::vec((0_usize..3, 0_u64..5_000, any::<bool>()), 1..80),
        ) {
            let mut page_time = 1_700_000_000_000;
            let mut pages: Vec<_> =
                offsets.iter().map(|ahead_ms| CopyClock { ahead_ms: *ahead_ms, latest_write: 0 }).collect();
            let (mut latest, mut requests) = (0, Vec::new());
            for (page, pause, is_write) in steps {
                page_time += pause;
                let clock = &mut pages[page];
                let before = clock.now(page_time);
                if is_write {
                    clock.observe(page_time, latest);
                    let write = clock.next_write(page_time);
                    prop_assert!(write > latest);
                    for (request, _) in &requests {
                        let RequestTime { known_write, .. } = request;
                        prop_assert!(write > *known_write, "the write is after the request");
                    }
                    latest = write;
                    clock.observe(page_time, write);
                } else {
                    requests.push((clock.request_time(page_time), page_time));
                }
                prop_assert!(pages[page].now(page_time) >= before);
            }
        }
    }
}

//! The local time, which tests can set.

use crate::platform;
#[cfg(all(test, not(target_arch = "wasm32")))]
use std::cell::Cell;

/// The local time, in ms since the epoch.
pub(super) fn now() -> u64 {
    #[cfg(all(test, not(target_arch = "wasm32")))]
    if let Some(now) = TEST_CLOCK.get() {
        return now;
    }
    platform::now()
}

#[cfg(all(test, not(target_arch = "wasm32")))]
thread_local! {
    static TEST_CLOCK: Cell<Option<u64>> = const { Cell::new(None) };
}

/// Sets the time for all stores of this thread.
#[cfg(all(test, not(target_arch = "wasm32")))]
pub(super) fn set_clock(now: u64) {
    TEST_CLOCK.set(Some(now));
}

//! The clocks of the device.
//!
//! The wall clock can be set at any time, so code that orders or measures something uses [`now`]: it begins at the wall
//! clock's time and then follows the platform's monotonic clock. That clock may stop while the computer sleeps, which
//! [`SleepDetector`] notices.

/// A reading of both clocks, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The time since the epoch by the wall clock.
    pub wall: u64,
    /// The time by the monotonic clock, which begins at an unknown moment.
    pub monotonic: u64,
}

/// A time since the epoch that is never set back and runs at the right speed.
#[derive(Clone, Copy, Debug)]
pub struct SteadyClock {
    start: Reading,
}

impl SteadyClock {
    /// A clock that agrees with the wall clock now.
    pub const fn start(now: Reading) -> Self {
        Self { start: now }
    }

    /// The time, in milliseconds since the epoch.
    pub const fn time(&self, now: Reading) -> u64 {
        self.start.wall + now.monotonic.saturating_sub(self.start.monotonic)
    }
}

/// If the wall clock gets so far ahead of the monotonic clock, the computer slept, or its wall clock was set.
const SLEEP_MS: u64 = 5_000;

/// Notices that the computer slept. Setting the wall clock forward looks the same.
#[derive(Clone, Copy, Debug)]
pub struct SleepDetector {
    last: Reading,
}

impl SleepDetector {
    /// A detector that begins now.
    pub const fn start(now: Reading) -> Self {
        Self { last: now }
    }

    /// True if the computer slept since the last call.
    pub const fn has_slept(&mut self, now: Reading) -> bool {
        let wall = now.wall.saturating_sub(self.last.wall);
        let monotonic = now.monotonic.saturating_sub(self.last.monotonic);
        self.last = now;
        wall > monotonic + SLEEP_MS
    }
}

/// Milliseconds since the epoch by a [`SteadyClock`], which begins with this page or worker.
#[cfg(target_arch = "wasm32")]
pub fn now() -> u64 {
    use std::cell::OnceCell;
    thread_local! {
        static CLOCK: OnceCell<SteadyClock> = const { OnceCell::new() };
    }
    let now = reading();
    CLOCK.with(|clock| clock.get_or_init(|| SteadyClock::start(now)).time(now))
}

/// Milliseconds since the epoch.
#[cfg(not(target_arch = "wasm32"))]
pub fn now() -> u64 {
    reading().wall
}

/// Reads both clocks of the platform.
#[cfg(target_arch = "wasm32")]
pub fn reading() -> Reading {
    use wasm_bindgen::prelude::*;
    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_namespace = performance, js_name = now, catch)]
        fn performance_now() -> Result<f64, JsValue>;
    }
    let wall = js_sys::Date::now();
    // Without a monotonic clock, the wall clock takes its place.
    Reading { wall: wall as u64, monotonic: performance_now().unwrap_or(wall) as u64 }
}

/// Reads the clocks of the platform.
#[cfg(not(target_arch = "wasm32"))]
pub fn reading() -> Reading {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let wall = since.map_or(0, |since| since.as_millis() as u64);
    Reading { wall, monotonic: wall }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000;

    fn at(wall: u64, monotonic: u64) -> Reading {
        Reading { wall, monotonic }
    }

    #[test]
    fn the_steady_clock_does_not_follow_a_wall_clock_that_is_set() {
        let clock = SteadyClock::start(at(10 * HOUR, 500));
        assert_eq!(clock.time(at(10 * HOUR, 500)), 10 * HOUR);
        assert_eq!(clock.time(at(18 * HOUR, 600)), 10 * HOUR + 100);
        assert_eq!(clock.time(at(2 * HOUR, 700)), 10 * HOUR + 200);
        assert_eq!(clock.time(at(0, 0)), 10 * HOUR, "a monotonic clock that is none");
    }

    #[test]
    fn sleep_is_noticed_once_and_a_clock_that_is_set_back_is_no_sleep() {
        let mut detector = SleepDetector::start(at(HOUR, 0));
        assert!(!detector.has_slept(at(HOUR + 60_000, 59_000)), "the clocks drift");
        assert!(detector.has_slept(at(2 * HOUR, 60_000)));
        assert!(!detector.has_slept(at(2 * HOUR + 10, 60_010)));
        assert!(!detector.has_slept(at(HOUR, 70_000)));
        assert!(!detector.has_slept(at(HOUR + 60_000, 130_000)));
    }
}

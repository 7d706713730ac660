//! Deadlines for answers.
//!
//! Browsers delay timers: in a hidden page up to a minute, during sleep for hours. If a timer fires late, the answer may
//! have arrived in the meantime and wait behind it. So a late timer extends a deadline, but only once, because the timers
//! of a hidden page are always late.

/// A timer that fires this long after the deadline is late.
const LATE_MS: u64 = 1_000;

/// The time by which an answer must arrive, in ms since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    at: u64,
    extended: bool,
}

/// The state of a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadlineState {
    /// The deadline is in the future.
    Pending,
    /// The timer fired late, so the answer may still be unread. The caller should extend the deadline.
    Late,
    /// The answer did not arrive in time.
    Missed,
}

impl Deadline {
    /// A deadline that was not extended yet.
    pub fn new(at: u64) -> Self {
        Self { at, extended: false }
    }

    /// The time of the deadline.
    pub fn at(self) -> u64 {
        self.at
    }

    /// The state at this time.
    pub fn state(self, now: u64) -> DeadlineState {
        if now < self.at {
            DeadlineState::Pending
        } else if now > self.at + LATE_MS && !self.extended {
            DeadlineState::Late
        } else {
            DeadlineState::Missed
        }
    }

    /// Extends the deadline after a late timer.
    pub fn extend(&mut self, at: u64) {
        *self = Self { at, extended: true };
    }

    /// Moves the deadline, and keeps whether it was extended.
    pub fn postpone(&mut self, at: u64) {
        self.at = at;
    }

    /// Keeps the distance to the deadline when the wall clock is set back.
    pub fn shift_back(&mut self, by: u64) {
        self.at = self.at.saturating_sub(by);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_timer_extends_a_deadline_once() {
        let mut deadline = Deadline::new(10_000);
        assert_eq!(deadline.state(9_999), DeadlineState::Pending);
        assert_eq!(deadline.state(10_000 + LATE_MS), DeadlineState::Missed);
        assert_eq!(deadline.state(10_001 + LATE_MS), DeadlineState::Late);
        deadline.extend(50_000);
        assert_eq!(deadline.state(49_999), DeadlineState::Pending);
        assert_eq!(deadline.state(90_000), DeadlineState::Missed);
    }
}

//! When a token is replaced by another one. Whatever tokens, servers and clocks say, that happens a bounded number of times.

/// Another token is requested at most once in this time.
pub const RENEWAL_MS: u64 = 5_000;
/// The longest wait between two requests that follow each other too soon.
const MAX_RENEWAL_MS: u64 = 300_000;
/// A tab without the session waits so long for the renewal by the tab that has it.
const OTHER_TAB_MS: u64 = 10_000;

/// The time before which no other token may be requested. If tokens end too early again and again, it doubles each time.
#[derive(Clone, Copy, Debug, Default)]
pub struct RenewalPace {
    not_before: u64,
    /// The number of requests in a row that were due too early.
    early: u32,
}

impl RenewalPace {
    /// When a request may be made that is due at `due_at`.
    pub fn earliest(&self, due_at: u64) -> u64 {
        due_at.max(self.not_before)
    }

    /// A token is requested, which was due at `due_at`.
    pub fn count(&mut self, now: u64, due_at: u64) {
        self.early = if due_at < self.not_before { self.early + 1 } else { 0 };
        self.not_before = now + (RENEWAL_MS << self.early.min(16)).min(MAX_RENEWAL_MS);
    }

    /// Keeps the distance when the clock is set back.
    pub fn shift_back(&mut self, by: u64) {
        self.not_before = self.not_before.saturating_sub(by);
    }
}

/// Decides when a client asks its application for another token, once for each token that ends.
#[derive(Debug, Default)]
pub struct TokenRenewal {
    state: State,
    pace: RenewalPace,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// The token is good.
    #[default]
    Idle,
    /// The token ends, and another one is due.
    Due { at: u64 },
    /// The application was asked.
    Asking,
}

impl TokenRenewal {
    /// The token ends soon, or has ended. `has_session`: this tab has the session.
    pub fn token_ends(&mut self, now: u64, has_session: bool) {
        let at = if has_session { now } else { now + OTHER_TAB_MS };
        self.state = match self.state {
            State::Asking => State::Asking,
            State::Due { at: earlier } => State::Due { at: earlier.min(at) },
            State::Idle => State::Due { at },
        };
    }

    /// Another token is in use.
    pub fn renewed(&mut self) {
        self.state = State::Idle;
    }

    /// The application had no usable token.
    pub fn failed(&mut self, now: u64) {
        if self.state == State::Asking {
            self.state = State::Due { at: now };
        }
    }

    /// When [`Self::start`] is due.
    pub fn next_tick(&self) -> Option<u64> {
        match self.state {
            State::Due { at } => Some(self.pace.earliest(at)),
            State::Idle | State::Asking => None,
        }
    }

    /// True if the application must be asked now.
    pub fn start(&mut self, now: u64) -> bool {
        let State::Due { at } = self.state else { return false };
        if now < self.pace.earliest(at) {
            return false;
        }
        self.pace.count(now, at);
        self.state = State::Asking;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: u64 = 1_700_000_000_000;

    /// The times at which the application is asked up to `end`, if `answer` tells the renewal what became of that.
    fn asked(renewal: &mut TokenRenewal, end: u64, answer: impl Fn(&mut TokenRenewal, u64)) -> Vec<u64> {
        let mut times = Vec::new();
        while let Some(now) = renewal.next_tick().filter(|now| *now < end) {
            assert!(renewal.start(now));
            times.push(now - T0);
            answer(renewal, now);
        }
        times
    }

    #[test]
    fn the_application_is_asked_once_for_each_token() {
        let mut renewal = TokenRenewal::default();
        assert!(!renewal.start(T0));
        for at in [T0, T0 + 60_000] {
            renewal.token_ends(at, true);
            assert!(renewal.start(at));
            renewal.token_ends(at + 1, true);
            assert!(!renewal.start(at + 2), "the application is asked already");
            renewal.renewed();
            assert_eq!(renewal.next_tick(), None);
        }
    }

    #[test]
    fn failures_are_repeated_less_and_less_often() {
        let mut renewal = TokenRenewal::default();
        renewal.token_ends(T0, true);
        let times = asked(&mut renewal, T0 + 700_000, TokenRenewal::failed);
        assert_eq!(times, [0, 5_000, 15_000, 35_000, 75_000, 155_000, 315_000, 615_000]);
    }

    #[test]
    fn tokens_that_end_at_once_are_renewed_as_rarely() {
        let mut renewal = TokenRenewal::default();
        renewal.token_ends(T0, true);
        let times = asked(&mut renewal, T0 + 100_000, |renewal, now| {
            renewal.renewed();
            renewal.token_ends(now + 1, true);
        });
        assert_eq!(times, [0, 5_000, 15_000, 35_000, 75_000]);
    }

    #[test]
    fn a_tab_without_the_session_waits_for_the_other_tab() {
        let mut renewal = TokenRenewal::default();
        renewal.token_ends(T0, false);
        assert_eq!(renewal.next_tick(), Some(T0 + OTHER_TAB_MS));
        // It gets the session.
        renewal.token_ends(T0 + 1, true);
        assert_eq!(renewal.next_tick(), Some(T0 + 1));
        renewal.renewed();
        assert!(!renewal.start(T0 + OTHER_TAB_MS));
    }
}

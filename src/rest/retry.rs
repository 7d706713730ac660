//! The retry rules of REST calls. The timeout of a call bounds all its attempts together.

use crate::backoff::Backoff;
use crate::error::Code;

/// The number of rounds of a call, time permitting. A round asks each host once.
const TRIES: u32 = 4;

/// The effect of a repetition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// None: the call reads, or is idempotent.
    Harmless,
    /// The call may act twice: it is repeated only if the server certainly did not act.
    Harmful,
}

/// The failure of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// No response came. The server may have acted.
    Lost,
    /// The server, or a proxy before it, is busy. The response may say for how long.
    Busy {
        /// 429, 502, 503 or 504.
        status: u16,
        /// `Retry-After`, ms.
        after_ms: Option<u64>,
    },
}

/// The decision after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Try again after this many milliseconds.
    Again(u64),
    /// Report the failure.
    GiveUp,
    /// Report that the server asks for a wait of this many milliseconds, which exceeds the timeout.
    TooLong(u64),
}

/// The attempts of one call.
#[derive(Debug)]
pub struct Schedule {
    until: u64,
    backoff: Backoff,
    tries: u32,
    hosts: usize,
    /// Hosts that are not asked yet in this round.
    others: usize,
}

impl Schedule {
    /// A schedule for a call that begins now. The seed spreads the repetitions of several clients.
    pub const fn new(seed: u64, now: u64, timeout_ms: u64, hosts: usize) -> Self {
        let others = hosts.saturating_sub(1);
        let until = now.saturating_add(timeout_ms);
        Self { until, backoff: Backoff::new(seed), tries: 1, hosts, others }
    }

    /// The timeout of an attempt: hosts that are not asked yet get an equal share of the time.
    pub const fn attempt_ms(&self, now: u64) -> u64 {
        let left = self.until.saturating_sub(now) / (self.others as u64 + 1);
        if left == 0 { 1 } else { left }
    }

    /// Whether another host may do better.
    pub const fn is_hosts_fault(trouble: Trouble) -> bool {
        match trouble {
            Trouble::Lost => true,
            // A rate limit holds on every host, and a `Retry-After` names the time for this host.
            Trouble::Busy { status, after_ms } => status != 429 && after_ms.is_none(),
        }
    }

    /// Decides what follows a failed attempt.
    pub fn after(&mut self, now: u64, trouble: Trouble, repeat: Repeat, offline: bool) -> Next {
        let acted = !matches!(trouble, Trouble::Busy { status: 429, .. });
        let lost = trouble == Trouble::Lost;
        if now >= self.until || (acted && repeat == Repeat::Harmful) || (lost && offline) {
            return Next::GiveUp;
        }
        if Self::is_hosts_fault(trouble) && self.others > 0 {
            self.others -= 1;
            return Next::Again(0);
        }
        if self.tries >= TRIES {
            return Next::GiveUp;
        }
        let asked = match trouble {
            Trouble::Busy { after_ms: Some(after), .. } => after,
            _ => 0,
        };
        // The jitter on top keeps clients from returning at the same moment.
        let wait = asked.saturating_add(self.backoff.next());
        let left = self.until - now;
        if asked >= left {
            return Next::TooLong(asked);
        }
        if wait >= left {
            return Next::GiveUp;
        }
        self.tries += 1;
        self.others = self.hosts.saturating_sub(1);
        Next::Again(wait)
    }
}

/// The trouble that a status reports; `None` where the response is final.
pub fn trouble(
    status: u16,
    retry_after: Option<&str>,
    now: u64,
    date: impl Fn(&str) -> f64,
) -> Option<Trouble> {
    matches!(status, 429 | 502..=504)
        .then(|| Trouble::Busy { status, after_ms: retry_after.and_then(|text| wait(text, now, date)) })
}

/// Reads `Retry-After`: seconds, or a date that `date` turns into milliseconds since the epoch.
fn wait(text: &str, now: u64, date: impl Fn(&str) -> f64) -> Option<u64> {
    let text = text.trim_ascii();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(text.parse().unwrap_or(u64::MAX).min(u64::MAX / 1000) * 1000);
    }
    let at = date(text);
    at.is_finite().then(|| (at as u64).saturating_sub(now))
}

/// Whether the server may have acted on a call that failed with this code and status.
pub const fn may_have_acted(code: Code, status: Option<u16>) -> bool {
    if let Some(429) = status {
        return false;
    }
    matches!(
        code,
        Code::Network
            | Code::ServerNotReachable
            | Code::ServerTimeout
            | Code::ServerBusy
            | Code::ServerUnknownError
            | Code::General
    )
}

// proptest does not build for the browser.
#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BUSY: Trouble = Trouble::Busy { status: 503, after_ms: None };
    const fn asks(after: u64) -> Trouble {
        Trouble::Busy { status: 429, after_ms: Some(after) }
    }

    fn schedule(hosts: usize) -> Schedule {
        Schedule::new(7, 0, 30_000, hosts)
    }

    #[test]
    fn reads_are_repeated_with_growing_waits_up_to_a_limit() {
        let mut schedule = schedule(1);
        for bound in [500, 1_000, 2_000] {
            let Next::Again(wait) = schedule.after(0, BUSY, Repeat::Harmless, false) else { panic!() };
            assert!(wait <= bound);
        }
        assert_eq!(schedule.after(0, BUSY, Repeat::Harmless, false), Next::GiveUp);
    }

    #[test]
    fn a_wait_is_at_least_retry_after_and_a_retry_after_beyond_the_timeout_is_reported_at_once() {
        let Next::Again(wait) = schedule(1).after(0, asks(3_000), Repeat::Harmless, false) else { panic!() };
        assert!((3_000..=3_500).contains(&wait));
        assert_eq!(schedule(1).after(0, asks(30_000), Repeat::Harmless, false), Next::TooLong(30_000));
        assert_eq!(schedule(3).after(29_000, asks(2_000), Repeat::Harmless, false), Next::TooLong(2_000));
    }

    #[test]
    fn harmful_calls_are_repeated_only_after_429() {
        for trouble in [BUSY, Trouble::Lost, Trouble::Busy { status: 502, after_ms: Some(1) }] {
            assert_eq!(schedule(2).after(0, trouble, Repeat::Harmful, false), Next::GiveUp);
        }
        assert!(matches!(schedule(1).after(0, asks(0), Repeat::Harmful, false), Next::Again(_)));
    }

    #[test]
    fn other_hosts_are_asked_at_once_and_share_the_time() {
        let mut schedule = schedule(3);
        assert_eq!(schedule.attempt_ms(0), 10_000);
        assert_eq!(schedule.after(10_000, Trouble::Lost, Repeat::Harmless, false), Next::Again(0));
        assert_eq!(schedule.attempt_ms(10_000), 10_000);
        assert_eq!(schedule.after(20_000, BUSY, Repeat::Harmless, false), Next::Again(0));
        assert_eq!(schedule.attempt_ms(20_000), 10_000);
        assert_eq!(schedule.after(30_000, Trouble::Lost, Repeat::Harmless, false), Next::GiveUp);
    }

    #[test]
    fn nothing_is_repeated_while_offline() {
        assert_eq!(schedule(3).after(0, Trouble::Lost, Repeat::Harmless, true), Next::GiveUp);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let read = |text: &str| match trouble(503, Some(text), 1_000, |text| {
            if text == "date" { 5_000.0 } else { f64::NAN }
        }) {
            Some(Trouble::Busy { status: 503, after_ms }) => after_ms,
            other => panic!("{other:?}"),
        };
        assert_eq!((read(" 2 "), read("0"), read("date")), (Some(2_000), Some(0), Some(4_000)));
        assert_eq!((read(""), read("soon"), read("-1")), (None, None, None));
        assert_eq!(read("99999999999999999999999"), Some(u64::MAX / 1000 * 1000));
        for status in [200, 400, 401, 404, 500, 501, 505] {
            assert_eq!(trouble(status, Some("1"), 0, |_| f64::NAN), None);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        /// A call always ends in time, and no wait is shorter than `Retry-After`.
        #[test]
        fn every_call_ends_in_time(
            seed in any::<u64>(),
            hosts in 1_usize..4,
            timeout in 1_u64..100_000,
            steps in proptest::collection::vec((0_u64..50_000, prop_oneof![
                Just(Trouble::Lost),
                (429_u16..=504, proptest::option::of(0_u64..100_000))
                    .prop_map(|(status, after_ms)| Trouble::Busy { status, after_ms }),
            ]), 40),
        ) {
            let mut schedule = Schedule::new(seed, 0, timeout, hosts);
            let (mut now, mut attempts) = (0, 0);
            for (took, trouble) in steps {
                attempts += 1;
                let allowed = schedule.attempt_ms(now);
                prop_assert!(allowed > 0 && now + allowed <= timeout.max(now + 1));
                now += took.min(allowed);
                match schedule.after(now, trouble, Repeat::Harmless, false) {
                    Next::Again(wait) => {
                        if let Trouble::Busy { after_ms: Some(after), .. } = trouble {
                            prop_assert!(wait >= after);
                        }
                        now += wait;
                        prop_assert!(now < timeout);
                    }
                    Next::TooLong(asked) => { prop_assert!(now + asked >= timeout); break; }
                    Next::GiveUp => break,
                }
            }
            prop_assert!(attempts <= TRIES as usize * hosts);
        }
    }
}

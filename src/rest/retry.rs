//! When a REST call is sent again. The timeout of a call covers all its attempts together.

use crate::backoff::Backoff;
use crate::error::Code;

/// The number of rounds of a call. A round asks each host once.
const MAX_ROUNDS: u32 = 4;

/// Whether a call may be sent twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// The call reads, or has the same effect if it is sent twice.
    Idempotent,
    /// The call may have another effect if it is sent twice. It is repeated only if the server certainly did not act.
    NotIdempotent,
}

/// The reason why an attempt failed, if another attempt may succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryReason {
    /// No response arrived. The server may have acted.
    NoResponse,
    /// The server, or a proxy before it, is busy.
    Busy {
        /// 429, 502, 503 or 504.
        status: u16,
        /// The header `Retry-After`, in ms.
        after_ms: Option<u64>,
    },
}

/// The decision after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Try again after this many milliseconds.
    RetryIn(u64),
    /// Report the failure.
    GiveUp,
    /// Report that the server asks for a longer wait than the timeout allows, in milliseconds.
    TooLong(u64),
}

/// The attempts of one call.
#[derive(Debug)]
pub struct Schedule {
    /// The end of the timeout, in ms since the epoch.
    until: u64,
    backoff: Backoff,
    rounds: u32,
    hosts: usize,
    /// The number of hosts that were not asked in this round.
    hosts_left: usize,
}

impl Schedule {
    /// The schedule of a call that begins now. The seed randomizes the waits.
    pub const fn new(seed: u64, now: u64, timeout_ms: u64, hosts: usize) -> Self {
        let hosts_left = hosts.saturating_sub(1);
        let until = now.saturating_add(timeout_ms);
        Self { until, backoff: Backoff::new(seed), rounds: 1, hosts, hosts_left }
    }

    /// The timeout of the next attempt. The hosts that are left in this round share the time equally.
    pub const fn attempt_ms(&self, now: u64) -> u64 {
        let share = self.until.saturating_sub(now) / (self.hosts_left as u64 + 1);
        if share == 0 { 1 } else { share }
    }

    /// Whether another host may succeed.
    pub const fn is_fault_of_host(reason: RetryReason) -> bool {
        match reason {
            RetryReason::NoResponse => true,
            // A rate limit applies to every host, and a `Retry-After` tells when this host is ready.
            RetryReason::Busy { status, after_ms } => status != 429 && after_ms.is_none(),
        }
    }

    /// Decides what follows a failed attempt.
    pub fn after(&mut self, now: u64, reason: RetryReason, repeat: Repeat, offline: bool) -> Decision {
        let may_have_acted = !matches!(reason, RetryReason::Busy { status: 429, .. });
        let is_lost = reason == RetryReason::NoResponse;
        if now >= self.until || (may_have_acted && repeat == Repeat::NotIdempotent) || (is_lost && offline) {
            return Decision::GiveUp;
        }
        if Self::is_fault_of_host(reason) && self.hosts_left > 0 {
            self.hosts_left -= 1;
            return Decision::RetryIn(0);
        }
        if self.rounds >= MAX_ROUNDS {
            return Decision::GiveUp;
        }
        let asked = match reason {
            RetryReason::Busy { after_ms: Some(after), .. } => after,
            _ => 0,
        };
        // The random part keeps clients from returning at the same moment.
        let wait = asked.saturating_add(self.backoff.next());
        let left = self.until - now;
        if asked >= left {
            return Decision::TooLong(asked);
        }
        if wait >= left {
            return Decision::GiveUp;
        }
        self.rounds += 1;
        self.hosts_left = self.hosts.saturating_sub(1);
        Decision::RetryIn(wait)
    }
}

/// The reason for another attempt after a response with this status; `None` if the response is final. `parse_date` turns a date
/// into milliseconds since the epoch.
pub fn retry_reason(
    status: u16,
    retry_after: Option<&str>,
    now: u64,
    parse_date: impl Fn(&str) -> f64,
) -> Option<RetryReason> {
    matches!(status, 429 | 502..=504).then(|| RetryReason::Busy {
        status,
        after_ms: retry_after.and_then(|text| retry_after_ms(text, now, parse_date)),
    })
}

/// Reads `Retry-After`, which has a number of seconds or a date.
fn retry_after_ms(text: &str, now: u64, parse_date: impl Fn(&str) -> f64) -> Option<u64> {
    let text = text.trim_ascii();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(text.parse().unwrap_or(u64::MAX).min(u64::MAX / 1000) * 1000);
    }
    let at = parse_date(text);
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

    const BUSY: RetryReason = RetryReason::Busy { status: 503, after_ms: None };
    const fn asks(after: u64) -> RetryReason {
        RetryReason::Busy { status: 429, after_ms: Some(after) }
    }

    fn schedule(hosts: usize) -> Schedule {
        Schedule::new(7, 0, 30_000, hosts)
    }

    #[test]
    fn reads_are_repeated_with_growing_waits_up_to_a_limit() {
        let mut schedule = schedule(1);
        for bound in [500, 1_000, 2_000] {
            let Decision::RetryIn(wait) = schedule.after(0, BUSY, Repeat::Idempotent, false) else {
                panic!()
            };
            assert!(wait <= bound);
        }
        assert_eq!(schedule.after(0, BUSY, Repeat::Idempotent, false), Decision::GiveUp);
    }

    #[test]
    fn a_wait_is_at_least_retry_after_and_a_retry_after_beyond_the_timeout_is_reported_at_once() {
        let Decision::RetryIn(wait) = schedule(1).after(0, asks(3_000), Repeat::Idempotent, false) else {
            panic!()
        };
        assert!((3_000..=3_500).contains(&wait));
        assert_eq!(schedule(1).after(0, asks(30_000), Repeat::Idempotent, false), Decision::TooLong(30_000));
        assert_eq!(
            schedule(3).after(29_000, asks(2_000), Repeat::Idempotent, false),
            Decision::TooLong(2_000)
        );
    }

    #[test]
    fn calls_that_are_not_idempotent_are_repeated_only_after_429() {
        for reason in [BUSY, RetryReason::NoResponse, RetryReason::Busy { status: 502, after_ms: Some(1) }] {
            assert_eq!(schedule(2).after(0, reason, Repeat::NotIdempotent, false), Decision::GiveUp);
        }
        assert!(matches!(schedule(1).after(0, asks(0), Repeat::NotIdempotent, false), Decision::RetryIn(_)));
    }

    #[test]
    fn other_hosts_are_asked_at_once_and_share_the_time() {
        let mut schedule = schedule(3);
        assert_eq!(schedule.attempt_ms(0), 10_000);
        assert_eq!(
            schedule.after(10_000, RetryReason::NoResponse, Repeat::Idempotent, false),
            Decision::RetryIn(0)
        );
        assert_eq!(schedule.attempt_ms(10_000), 10_000);
        assert_eq!(schedule.after(20_000, BUSY, Repeat::Idempotent, false), Decision::RetryIn(0));
        assert_eq!(schedule.attempt_ms(20_000), 10_000);
        assert_eq!(
            schedule.after(30_000, RetryReason::NoResponse, Repeat::Idempotent, false),
            Decision::GiveUp
        );
    }

    #[test]
    fn nothing_is_repeated_while_offline() {
        assert_eq!(schedule(3).after(0, RetryReason::NoResponse, Repeat::Idempotent, true), Decision::GiveUp);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let read = |text: &str| match retry_reason(503, Some(text), 1_000, |text| {
            if text == "date" { 5_000.0 } else { f64::NAN }
        }) {
            Some(RetryReason::Busy { status: 503, after_ms }) => after_ms,
            other => panic!("{other:?}"),
        };
        assert_eq!((read(" 2 "), read("0"), read("date")), (Some(2_000), Some(0), Some(4_000)));
        assert_eq!((read(""), read("soon"), read("-1")), (None, None, None));
        assert_eq!(read("99999999999999999999999"), Some(u64::MAX / 1000 * 1000));
        for status in [200, 400, 401, 404, 500, 501, 505] {
            assert_eq!(retry_reason(status, Some("1"), 0, |_| f64::NAN), None);
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
                Just(RetryReason::NoResponse),
                (429_u16..=504, proptest::option::of(0_u64..100_000))
                    .prop_map(|(status, after_ms)| RetryReason::Busy { status, after_ms }),
            ]), 40),
        ) {
            let mut schedule = Schedule::new(seed, 0, timeout, hosts);
            let (mut now, mut attempts) = (0, 0);
            for (took, reason) in steps {
                attempts += 1;
                let allowed = schedule.attempt_ms(now);
                prop_assert!(allowed > 0 && now + allowed <= timeout.max(now + 1));
                now += took.min(allowed);
                match schedule.after(now, reason, Repeat::Idempotent, false) {
                    Decision::RetryIn(wait) => {
                        if let RetryReason::Busy { after_ms: Some(after), .. } = reason {
                            prop_assert!(wait >= after);
                        }
                        now += wait;
                        prop_assert!(now < timeout);
                    }
                    Decision::TooLong(asked) => { prop_assert!(now + asked >= timeout); break; }
                    Decision::GiveUp => break,
                }
            }
            prop_assert!(attempts <= MAX_ROUNDS as usize * hosts);
        }
    }
}

//! The events of tokens, with clocks that are wrong and applications that renew at each event.

use super::*;

const HOUR: u64 = 3_600_000;

/// A machine that is online since `now`, on a server whose clock shows `server_time` then.
fn online_at(now: u64, server_time: u64, expiry: TokenExpiry) -> Machine {
    let mut machine = machine();
    machine.handle(now, Input::Start { token: "first".into(), expiry });
    machine.handle(now, Input::Opened);
    machine.handle(now, Input::Frame(&provision(Status::ok())));
    machine.handle(now, Input::Frame(&unread_at(server_time)));
    machine
}

/// The times at which the application was asked for another token up to `end`. It always has one at once, which expires
/// `lifetime` after that by the server's clock. The server's clock is `ahead` of this page's.
fn renewals(machine: &mut Machine, end: u64, ahead: i64, lifetime: i64) -> Vec<u64> {
    let mut times = Vec::new();
    while let Some(now) = machine.next_tick().filter(|now| *now < end) {
        let effects = machine.handle(now, Input::Tick);
        if effects.contains(&Effect::TokenWillExpire) || effects.contains(&Effect::TokenExpired) {
            times.push(now);
            let expiry = TokenExpiry::at(now.saturating_add_signed(ahead + lifetime));
            machine.handle(now, Input::Renew { token: format!("renewed at {now}"), expiry });
        }
        machine.handle(now, Input::Frame(&unread_at(now.saturating_add_signed(ahead))));
    }
    times
}

#[test]
fn the_expiry_is_reckoned_with_the_server_s_clock() {
    for (now, server_time) in [(T0 + 2 * HOUR, T0), (T0 - 60_000, T0), (T0, T0)] {
        let mut machine = online_at(now, server_time, TokenExpiry::at(server_time + 8_000));
        assert_eq!(machine.next_tick(), Some(now + 6_400));
        assert_eq!(machine.handle(now + 6_400, Input::Tick), [Effect::TokenWillExpire]);
        assert_eq!(machine.handle(now + 8_000, Input::Tick), [Effect::TokenExpired]);
    }
}

#[test]
fn nothing_is_reported_before_the_server_s_time_is_known() {
    let mut machine = machine();
    let now = T0 + 2 * HOUR;
    machine.handle(now, Input::Start { token: "tok".into(), expiry: TokenExpiry::at(T0 + HOUR) });
    machine.handle(now, Input::Opened);
    machine.handle(now, Input::Frame(&provision(Status::ok())));
    assert_eq!(machine.handle(now + 1, Input::Tick), []);
    machine.handle(now + 2, Input::Frame(&unread_at(T0)));
    assert_eq!(machine.handle(now + 3, Input::Tick), []);
}

#[test]
fn an_expiry_that_the_server_tells_first_is_reported_all_the_same() {
    let expired = || provision(Status::error(ErrorCode::Unauthorized, "Sorry, token expired"));
    let refuse = |machine: &mut Machine, now| {
        machine.handle(now, Input::Closed { in_order: false });
        let next = machine.next_tick().unwrap();
        machine.handle(next, Input::Tick);
        machine.handle(next, Input::Opened);
        let effects = machine.handle(next, Input::Frame(&expired()));
        assert!(machine.is_stopped());
        let is_token = |effect: &Effect| matches!(effect, Effect::TokenWillExpire | Effect::TokenExpired);
        effects.into_iter().filter(is_token).collect::<Vec<_>>()
    };
    // The server's time is not known yet, so nothing was due.
    let mut machine = machine();
    machine.handle(T0, Input::Start { token: "tok".into(), expiry: TokenExpiry::at(T0 + 1_000) });
    machine.handle(T0, Input::Opened);
    machine.handle(T0, Input::Frame(&provision(Status::ok())));
    assert_eq!(refuse(&mut machine, T0 + 1_000), [Effect::TokenWillExpire, Effect::TokenExpired]);
    // One of them was reported before.
    let mut machine = online_at(T0, T0, TokenExpiry::at(T0 + 100_000));
    assert_eq!(machine.handle(T0 + 80_000, Input::Tick)[0], Effect::TokenWillExpire);
    assert_eq!(refuse(&mut machine, T0 + 80_001), [Effect::TokenExpired]);
    // A token that never had a session.
    let mut machine = super::machine();
    machine.handle(T0, Input::Start { token: "tok".into(), expiry: TokenExpiry::Unknown });
    machine.handle(T0, Input::Opened);
    let effects = machine.handle(T0, Input::Frame(&expired()));
    assert!(!effects.contains(&Effect::TokenExpired), "{effects:?}");
}

#[test]
fn a_lifetime_is_measured_by_this_page_s_clock() {
    let now = T0 + 2 * HOUR;
    let mut machine = online_at(now, T0, TokenExpiry::after(now, 10));
    assert_eq!(machine.handle(now + 7_999, Input::Tick), []);
    assert_eq!(machine.handle(now + 8_000, Input::Tick), [Effect::TokenWillExpire]);
}

#[test]
fn each_token_is_renewed_once_at_four_fifths_of_its_life() {
    for ahead in [0, -2 * HOUR.cast_signed(), 60_000] {
        let server_time = T0.saturating_add_signed(ahead);
        let mut machine = online_at(T0, server_time, TokenExpiry::at(server_time + HOUR));
        let times = renewals(&mut machine, T0 + 5 * HOUR, ahead, HOUR.cast_signed());
        let expected: Vec<_> = (1..=6).map(|n| T0 + n * HOUR / 5 * 4).collect();
        assert_eq!(times, expected);
        // Short ones, too.
        let mut machine = online_at(T0, server_time, TokenExpiry::at(server_time + 8_000));
        assert_eq!(renewals(&mut machine, T0 + 64_001, ahead, 8_000).len(), 10);
    }
}

#[test]
fn tokens_that_have_always_expired_are_renewed_less_and_less_often() {
    let mut machine = online_at(T0, T0, TokenExpiry::at(T0 - 1));
    let times = renewals(&mut machine, T0 + HOUR, 0, -HOUR.cast_signed());
    let gaps: Vec<_> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(gaps[..7], [5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000]);
    assert!(gaps[7..].iter().all(|gap| *gap == 300_000));
}

#[test]
fn the_same_token_again_is_no_new_token() {
    let mut machine = online_at(T0, T0, TokenExpiry::at(T0 + 1_000));
    assert_eq!(machine.handle(T0 + 800, Input::Tick), [Effect::TokenWillExpire]);
    machine.handle(T0 + 800, Input::Renew { token: "first".into(), expiry: TokenExpiry::at(T0 + 1_000) });
    assert_eq!(machine.handle(T0 + 900, Input::Tick), []);
    assert_eq!(machine.handle(T0 + 1_000, Input::Tick), [Effect::TokenExpired]);
    assert_eq!(
        machine.handle(T0 + 60_000, Input::Tick).iter().filter(|e| **e == Effect::TokenExpired).count(),
        0
    );
}

#[test]
fn after_sleep_the_server_is_asked_for_a_sign_of_life() {
    let mut machine = online();
    assert_eq!(sent(&machine.handle(T0 + 1, Input::Slept)), [(Command::Unread, None)]);
    assert_eq!(machine.handle(T0 + 2, Input::Slept), [], "one question at a time");
}

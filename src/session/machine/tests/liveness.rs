//! When the machine tries again, and when it takes silence for death.

use super::*;

const AWAKE: Input<'static> = Input::Awake { offline: false };
const AWAY: Input<'static> = Input::Awake { offline: true };

/// Loses the connection; when the machine wants to try again.
fn lose(machine: &mut Machine, now: u64) -> Option<u64> {
    let effects = machine.handle(now, Input::Closed);
    assert!(matches!(effects.as_slice(), [Effect::Disconnect, Effect::Down { will_reconnect: true, .. }]));
    machine.next_tick()
}

#[test]
fn a_tick_that_comes_too_late_asks_once_more() {
    let mut dead = online();
    let asked = T0 + HEARTBEAT_MS;
    dead.handle(asked, Input::Tick);
    // The answer may wait behind the timer that was held back.
    let late = asked + ANSWER_MS + 50_000;
    assert_eq!(sent(&dead.handle(late, Input::Tick)), [(Command::Unread, None)]);
    assert_eq!(dead.next_tick(), Some(late + ANSWER_MS));
    assert_eq!(dead.handle(late + ANSWER_MS - 1, Input::Tick), []);
    // Timers of a hidden page are always late: that is no excuse for ever.
    let effects = dead.handle(late + ANSWER_MS + 50_000, Input::Tick);
    assert!(matches!(effects.as_slice(), [Effect::Disconnect, Effect::Down { will_reconnect: true, .. }]));
    let mut alive = online();
    for minute in 1..100 {
        // Asked, late, and asked again; then the answer comes.
        let now = T0 + minute * 60_000;
        alive.handle(now, Input::Tick);
        assert_eq!(sent(&alive.handle(now + 20_000, Input::Tick)), [(Command::Unread, None)]);
        alive.handle(now + 20_001, Input::Frame(&unread(&[])));
        assert!(alive.is_online());
    }
}

#[test]
fn a_batch_that_does_not_come_is_waited_for_once_more_after_a_late_tick_and_no_longer() {
    let mut machine = online();
    machine.handle(T0, Input::Frame(&notice("bob")));
    let mut now = T0 + HEARTBEAT_MS + 60_000;
    assert_eq!(sent(&machine.handle(now, Input::Tick)), [(Command::Unread, None)]);
    // Other frames come, the batch does not.
    machine.handle(now + 1, Input::Frame(&unread(&[])));
    now = machine.next_tick().unwrap() + 60_000;
    assert!(matches!(machine.handle(now, Input::Tick).first(), Some(Effect::Disconnect)));
}

#[test]
fn a_socket_that_opened_while_the_page_slept_is_not_given_up() {
    let mut opened = machine();
    start(&mut opened, T0);
    assert_eq!(opened.handle(T0 + 3_600_000, Input::Tick), []);
    assert_eq!(sent(&opened.handle(T0 + 3_600_001, Input::Opened)), [(Command::Provision, None)]);
    let mut silent = machine();
    start(&mut silent, T0);
    silent.handle(T0 + 3_600_000, Input::Tick);
    let effects = silent.handle(T0 + 7_200_000, Input::Tick);
    assert!(matches!(effects.as_slice(), [Effect::Disconnect, Effect::Down { .. }]));
}

#[test]
fn a_clock_that_is_set_back_delays_nothing() {
    let mut waiting = online();
    lose(&mut waiting, T0).unwrap();
    let back = T0 - 3_600_000;
    waiting.handle(back, Input::Tick);
    assert!(waiting.next_tick().unwrap() <= back + 500);
    let mut machine = online();
    machine.handle(back, Input::Tick);
    assert_eq!(machine.next_tick(), Some(back + HEARTBEAT_MS));
    machine.handle(back + HEARTBEAT_MS, Input::Tick);
    assert_eq!(machine.next_tick(), Some(back + HEARTBEAT_MS + ANSWER_MS));
}

#[test]
fn waits_grow_and_are_short_again_after_a_stable_minute() {
    let mut machine = online();
    let mut now = T0;
    let mut longest = 0;
    for _ in 0..40 {
        let at = lose(&mut machine, now).unwrap();
        assert!(at - now <= 30_000);
        longest = longest.max(at - now);
        assert_eq!(machine.handle(at, Input::Tick), [Effect::Connect]);
        now = at + 1;
    }
    assert!(longest > 15_000, "{longest}");
    machine.handle(now, Input::Opened);
    machine.handle(now, Input::Frame(&provision(Status::ok())));
    // Busy throughout: there is never a reason for a tick.
    for _ in 0..60 {
        now += 1_000;
        machine.handle(now, Input::Frame(&unread(&[])));
    }
    assert!(lose(&mut machine, now).unwrap() - now <= 500);
}

#[test]
fn a_network_that_is_back_and_a_page_that_is_shown_are_reasons_to_connect_at_once() {
    for input in [Input::Online, AWAKE] {
        let mut machine = online();
        lose(&mut machine, T0);
        assert_eq!(machine.handle(T0, input), [Effect::Connect]);
        assert_eq!(machine.handle(T0, AWAKE), []);
        assert_eq!(machine.handle(T0, Input::Online), []);
    }
}

#[test]
fn nothing_is_tried_while_there_is_no_network() {
    let mut machine = online();
    machine.handle(T0, Input::Offline);
    // The session is not over for that: a socket on this very machine lives on.
    assert!(machine.is_online());
    assert_eq!(lose(&mut machine, T0), None);
    assert_eq!(machine.handle(T0 + 3_600_000, Input::Tick), []);
    assert_eq!(machine.handle(T0 + 3_600_000, AWAY), []);
    assert_eq!(machine.handle(T0 + 3_600_001, Input::Online), [Effect::Connect]);
    let mut machine = online();
    let at = lose(&mut machine, T0).unwrap();
    machine.handle(T0, Input::Offline);
    assert_eq!((machine.next_tick(), machine.handle(at, Input::Tick)), (None, vec![]));
}

#[test]
fn what_a_wake_leaves_in_doubt_is_asked_for() {
    let mut machine = online();
    // Another network: the socket may be dead.
    assert_eq!(sent(&machine.handle(T0 + 1, Input::Online)), [(Command::Unread, None)]);
    assert_eq!(machine.handle(T0 + 2, Input::Online), []);
    let mut machine = online();
    assert_eq!(machine.handle(T0 + ANSWER_MS - 1, AWAKE), []);
    assert_eq!(sent(&machine.handle(T0 + ANSWER_MS, AWAKE)), [(Command::Unread, None)]);
}

#[test]
fn nothing_wakes_a_session_that_is_over() {
    let mut stopped = online();
    stopped.handle(T0, Input::Stop);
    let mut refused = machine();
    start(&mut refused, T0);
    refused.handle(T0, Input::Opened);
    refused.handle(T0, Input::Frame(&provision(Status::error(ErrorCode::TooManyDevices, ""))));
    for mut machine in [stopped, refused, machine()] {
        for input in [Input::Offline, Input::Online, AWAKE, Input::Tick, Input::Closed] {
            assert_eq!(machine.handle(T0 + 100_000, input), []);
        }
        assert!(machine.is_stopped());
    }
}

#[test]
fn the_next_host_is_tried_at_once_and_a_good_one_stays() {
    let mut machine = machine().with_hosts(3, 0);
    start(&mut machine, T0);
    assert_eq!(machine.host(), 0);
    assert_eq!(machine.handle(T0, Input::Closed), [Effect::Disconnect, Effect::Connect]);
    assert_eq!(machine.host(), 1);
    // One that does not open in time, too.
    let at = machine.next_tick().unwrap();
    assert_eq!(machine.handle(at, Input::Tick), [Effect::Disconnect, Effect::Connect]);
    assert_eq!(machine.host(), 2);
    machine.handle(at, Input::Opened);
    machine.handle(at, Input::Frame(&provision(Status::ok())));
    let again = lose(&mut machine, at).unwrap();
    assert_eq!(machine.handle(again, Input::Tick), [Effect::Connect]);
    assert_eq!(machine.host(), 2);
    // When all were tried, a wait is due.
    let mut rounds = 0;
    while !matches!(machine.handle(again, Input::Closed).as_slice(), [.., Effect::Down { .. }]) {
        rounds += 1;
    }
    assert_eq!((rounds, machine.host()), (2, 2));
}

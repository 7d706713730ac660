//! When the machine reconnects, and when it considers a connection dead.

use super::*;

const AWAKE: Input<'static> = Input::Awake { offline: false };
const AWAY: Input<'static> = Input::Awake { offline: true };

/// Loses the connection. Returns when the machine reconnects.
fn lose(machine: &mut Machine, now: u64) -> Option<u64> {
    let effects = machine.handle(now, Input::Closed { in_order: false });
    assert!(matches!(effects.as_slice(), [Effect::Disconnect, Effect::Down { will_reconnect: true, .. }]));
    machine.next_tick()
}

#[test]
fn a_late_tick_sends_one_more_heartbeat() {
    let mut dead = online();
    let asked = T0 + HEARTBEAT_MS;
    dead.handle(asked, Input::Tick);
    // The answer may wait behind the late timer.
    let late = asked + ANSWER_MS + 50_000;
    assert_eq!(sent(&dead.handle(late, Input::Tick)), [(Command::Unread, None)]);
    assert_eq!(dead.next_tick(), Some(late + ANSWER_MS));
    assert_eq!(dead.handle(late + ANSWER_MS - 1, Input::Tick), []);
    // The timers of a hidden page are always late, so a deadline is extended only once.
    let effects = dead.handle(late + ANSWER_MS + 50_000, Input::Tick);
    assert!(matches!(effects.as_slice(), [Effect::Disconnect, Effect::Down { will_reconnect: true, .. }]));
    let mut alive = online();
    for minute in 1..100 {
        // A heartbeat, a late tick with another heartbeat, then the answer.
        let now = T0 + minute * 60_000;
        alive.handle(now, Input::Tick);
        assert_eq!(sent(&alive.handle(now + 20_000, Input::Tick)), [(Command::Unread, None)]);
        alive.handle(now + 20_001, Input::Frame(&unread(&[])));
        assert!(alive.is_online());
    }
}

#[test]
fn a_late_tick_extends_the_deadline_of_a_batch_once() {
    let mut machine = online();
    machine.handle(T0, Input::Frame(&notice("bob")));
    let mut now = T0 + HEARTBEAT_MS + 60_000;
    assert_eq!(sent(&machine.handle(now, Input::Tick)), [(Command::Unread, None)]);
    // Other frames arrive, but the batch does not.
    machine.handle(now + 1, Input::Frame(&unread(&[])));
    now = machine.next_tick().unwrap() + 60_000;
    assert!(matches!(machine.handle(now, Input::Tick).first(), Some(Effect::Disconnect)));
}

#[test]
fn a_socket_that_opened_while_the_page_slept_is_kept() {
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
    // Frames arrive all the time, so the machine needs no tick.
    for _ in 0..60 {
        now += 1_000;
        machine.handle(now, Input::Frame(&unread(&[])));
    }
    assert!(lose(&mut machine, now).unwrap() - now <= 500);
}

#[test]
fn the_machine_connects_at_once_when_the_network_is_back_or_the_page_is_shown() {
    for input in [Input::Online, AWAKE] {
        let mut machine = online();
        lose(&mut machine, T0);
        assert_eq!(machine.handle(T0, input), [Effect::Connect]);
        assert_eq!(machine.handle(T0, AWAKE), []);
        assert_eq!(machine.handle(T0, Input::Online), []);
    }
}

#[test]
fn the_machine_does_not_connect_without_a_network() {
    let mut machine = online();
    machine.handle(T0, Input::Offline);
    // The session stays up: a socket to this machine still works.
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
fn waking_up_sends_a_heartbeat_if_the_connection_may_be_dead() {
    let mut machine = online();
    // The network may have changed, and the socket be dead.
    assert_eq!(sent(&machine.handle(T0 + 1, Input::Online)), [(Command::Unread, None)]);
    assert_eq!(machine.handle(T0 + 2, Input::Online), []);
    let mut machine = online();
    assert_eq!(machine.handle(T0 + ANSWER_MS - 1, AWAKE), []);
    assert_eq!(sent(&machine.handle(T0 + ANSWER_MS, AWAKE)), [(Command::Unread, None)]);
}

#[test]
fn a_stopped_session_ignores_all_inputs() {
    let mut stopped = online();
    stopped.handle(T0, Input::Stop);
    let mut refused = machine();
    start(&mut refused, T0);
    refused.handle(T0, Input::Opened);
    refused.handle(T0, Input::Frame(&provision(Status::error(ErrorCode::TooManyDevices, ""))));
    for mut machine in [stopped, refused, machine()] {
        for input in [Input::Offline, Input::Online, AWAKE, Input::Tick, Input::Closed { in_order: false }] {
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
    assert_eq!(machine.handle(T0, Input::Closed { in_order: false }), [Effect::Disconnect, Effect::Connect]);
    assert_eq!(machine.host(), 1);
    // The next host does not open in time.
    let at = machine.next_tick().unwrap();
    assert_eq!(machine.handle(at, Input::Tick), [Effect::Disconnect, Effect::Connect]);
    assert_eq!(machine.host(), 2);
    machine.handle(at, Input::Opened);
    machine.handle(at, Input::Frame(&provision(Status::ok())));
    let again = lose(&mut machine, at).unwrap();
    assert_eq!(machine.handle(again, Input::Tick), [Effect::Connect]);
    assert_eq!(machine.host(), 2);
    // The machine waits after all hosts failed.
    let mut rounds = 0;
    while !matches!(
        machine.handle(again, Input::Closed { in_order: false }).as_slice(),
        [.., Effect::Down { .. }]
    ) {
        rounds += 1;
    }
    assert_eq!((rounds, machine.host()), (2, 2));
}

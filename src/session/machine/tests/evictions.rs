//! Sessions that another client with the same device id ends, on a service that does not say so.

use super::*;

const MINUTE: u64 = 60_000;

/// Connects again at the next tick. Returns the time.
fn reconnect(machine: &mut Machine) -> u64 {
    let now = machine.next_tick().unwrap();
    assert_eq!(machine.handle(now, Input::Tick), [Effect::Connect]);
    machine.handle(now, Input::Opened);
    assert_eq!(machine.handle(now, Input::Frame(&provision(Status::ok())))[0], Effect::Up);
    now
}

fn code_of(effects: &[Effect]) -> Option<(Code, bool)> {
    effects.iter().find_map(|effect| match effect {
        Effect::Down { error, will_reconnect } => Some((error.code, *will_reconnect)),
        _ => None,
    })
}

fn logout() -> Vec<u8> {
    frame(Command::Logout, &Provision::default())
}

#[test]
fn a_client_that_is_thrown_out_three_times_within_a_minute_stops() {
    let ends: [fn(&mut Machine, u64) -> Vec<Effect>; 2] = [
        |machine, now| machine.handle(now, Input::Frame(&logout())),
        |machine, now| machine.handle(now, Input::Closed { in_order: true }),
    ];
    for end in ends {
        let (mut machine, mut now) = (online(), T0);
        for _ in 0..2 {
            assert_eq!(code_of(&end(&mut machine, now)), Some((Code::Network, true)));
            now = reconnect(&mut machine);
        }
        assert_eq!(code_of(&end(&mut machine, now)), Some((Code::UserLoginAnotherDevice, false)));
        assert!(machine.is_stopped());
    }
}

#[test]
fn a_client_that_loses_its_connection_or_is_thrown_out_now_and_then_goes_on() {
    let mut machine = online();
    let mut now = T0;
    for _ in 0..50 {
        let effects = machine.handle(now, Input::Closed { in_order: false });
        assert_eq!(code_of(&effects), Some((Code::Network, true)));
        now = reconnect(&mut machine);
    }
    for _ in 0..10 {
        now += MINUTE / 2;
        assert_eq!(code_of(&machine.handle(now, Input::Frame(&logout()))), Some((Code::Network, true)));
        now = reconnect(&mut machine);
    }
}

#[test]
fn a_server_that_closes_every_connection_before_the_login_is_no_other_client() {
    let mut machine = machine();
    start(&mut machine, T0);
    for _ in 0..50 {
        let now = machine.next_tick().unwrap();
        machine.handle(now, Input::Opened);
        assert_eq!(
            code_of(&machine.handle(now, Input::Closed { in_order: true })),
            Some((Code::Network, true))
        );
        let again = machine.next_tick().unwrap();
        assert_eq!(machine.handle(again, Input::Tick), [Effect::Connect]);
    }
}

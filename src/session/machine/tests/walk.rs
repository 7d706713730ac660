//! Random inputs in any order, with late ticks and a clock that is set back.

use super::*;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Random {
    Opened,
    Closed(bool),
    Applied,
    NotApplied,
    Wait(u64),
    Provision(i32),
    Unread(u8),
    Notice(u8),
    Batch(u8, u8, bool),
    Garbage(Vec<u8>),
    Send(u8),
    Answer(u8, i32),
    Online,
    Offline,
    Awake,
    Slept,
    SetBack(u64),
}

fn random() -> impl Strategy<Value = Random> {
    prop_oneof![
        3 => Just(Random::Opened),
        1 => any::<bool>().prop_map(Random::Closed),
        4 => Just(Random::Applied),
        1 => Just(Random::NotApplied),
        3 => (0_u64..40_000).prop_map(Random::Wait),
        3 => prop_oneof![8 => Just(0), 1 => 0..25].prop_map(Random::Provision),
        2 => (0_u8..4).prop_map(Random::Unread),
        3 => (0_u8..4).prop_map(Random::Notice),
        4 => (0_u8..4, 0_u8..3, any::<bool>()).prop_map(|(queue, size, last)| Random::Batch(queue, size, last)),
        1 => proptest::collection::vec(any::<u8>(), 0..40).prop_map(Random::Garbage),
        1 => (0_u64..10_000_000).prop_map(Random::Wait),
        1 => (0_u64..10_000_000).prop_map(Random::SetBack),
        2 => (0_u8..20).prop_map(Random::Send),
        1 => (0_u8..20, 0..3).prop_map(|(id, code)| Random::Answer(id, code)),
        1 => Just(Random::Online),
        1 => Just(Random::Offline),
        1 => Just(Random::Awake),
        1 => Just(Random::Slept),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// For all inputs: nothing panics; one batch is applied at a time; frames are sent only on an open socket; the machine does
    /// not connect without a network; its next tick is never far, whatever the clock does; it reports up and down in turn.
    #[test]
    fn no_input_breaks_the_rules(steps in proptest::collection::vec(random(), 1..60), hosts in 1_usize..4) {
        let mut machine = machine().with_hosts(hosts, 7);
        let mut now = T0;
        let mut effects = start(&mut machine, now);
        let (mut socket, mut open, mut up, mut applying) = (false, false, false, false);
        let mut offline = false;
        for step in steps {
            for effect in effects.drain(..) {
                match effect {
                    Effect::Connect => {
                        prop_assert!(!offline && machine.host() < hosts);
                        (socket, open) = (true, false);
                    }
                    Effect::Disconnect => (socket, open, applying) = (false, false, false),
                    Effect::Send(_) => prop_assert!(socket && open, "sent without a socket"),
                    Effect::Up => { prop_assert!(!up); up = true; }
                    Effect::Down { will_reconnect, .. } => {
                        up = false;
                        prop_assert_eq!(machine.is_stopped(), !will_reconnect);
                    }
                    Effect::Apply(_) => { prop_assert!(!applying); applying = true; }
                    Effect::CaughtUp => prop_assert!(up && !applying),
                    Effect::Answered(_) => prop_assert!(up),
                    Effect::TokenWillExpire | Effect::TokenExpired => {}
                }
            }
            prop_assert_eq!(machine.is_online(), up);
            let waits_for_network = offline && !socket;
            prop_assert_eq!(machine.next_tick().is_none(), machine.is_stopped() || waits_for_network);
            prop_assert!(machine.next_tick().is_none_or(|at| at <= now + HEARTBEAT_MS));
            let name = |n: u8| ["bob", "carol", "dave", "erin"][usize::from(n)];
            effects = match step {
                Random::Opened if socket && !open => { open = true; machine.handle(now, Input::Opened) }
                Random::Closed(in_order) if socket => machine.handle(now, Input::Closed { in_order }),
                Random::Applied if applying => { applying = false; machine.handle(now, Input::Applied) }
                Random::NotApplied if applying => { applying = false; machine.handle(now, Input::NotApplied) }
                Random::Opened | Random::Closed(_) | Random::Applied | Random::NotApplied => continue,
                Random::Wait(ms) => {
                    now += ms;
                    if machine.next_tick().is_some_and(|at| at <= now) {
                        machine.handle(now, Input::Tick)
                    } else {
                        continue
                    }
                }
                Random::SetBack(ms) => {
                    now -= ms;
                    machine.handle(now, Input::Tick)
                }
                Random::Online => { offline = false; machine.handle(now, Input::Online) }
                Random::Offline => { offline = true; machine.handle(now, Input::Offline) }
                Random::Awake => machine.handle(now, Input::Awake { offline }),
                Random::Send(id) => machine.handle(now, Input::Send(Box::new(receipt(id.into())))),
                Random::Slept => machine.handle(now, Input::Slept),
                _ if !open => continue,
                Random::Answer(id, code) => {
                    machine.handle(now, Input::Frame(&answer(id.into(), code, "")))
                }
                Random::Provision(code) => {
                    let status = Status { error_code: code, ..Status::default() };
                    machine.handle(now, Input::Frame(&provision(status)))
                }
                Random::Unread(n) => machine.handle(now, Input::Frame(&unread(&[name(n)]))),
                Random::Notice(n) => machine.handle(now, Input::Frame(&notice(name(n)))),
                Random::Batch(n, size, last) => {
                    let ids: Vec<u64> = (1..=u64::from(size)).collect();
                    machine.handle(now, Input::Frame(&batch(name(n), &ids, 9, last)))
                }
                Random::Garbage(bytes) => machine.handle(now, Input::Frame(&bytes)),
            };
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// However late the ticks are: a silent server is detected after two heartbeats, and one that answers is kept.
    #[test]
    fn a_silent_server_is_detected_and_an_answering_one_is_kept(
        lateness in proptest::collection::vec(prop_oneof![Just(0), 0_u64..1_000, 0_u64..10_000_000], 3..40),
        answers in any::<bool>(),
    ) {
        let mut machine = online();
        let mut asked = 0;
        for late in lateness {
            if !machine.is_online() {
                break;
            }
            let now = machine.next_tick().unwrap() + late;
            let questions = sent(&machine.handle(now, Input::Tick)).len();
            asked += questions;
            if answers && questions > 0 {
                machine.handle(now + 1, Input::Frame(&unread(&[])));
            }
        }
        prop_assert_eq!(machine.is_online(), answers);
        prop_assert!(answers || asked <= 2, "{asked} heartbeats without an answer");
    }
}

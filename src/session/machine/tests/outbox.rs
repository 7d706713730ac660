//! The metas that the machine sends.

use super::*;

/// No ids.
const NONE: [u64; 0] = [];

/// A session whose queues are read.
fn caught_up() -> Machine {
    let mut machine = online();
    assert_eq!(machine.handle(T0, Input::Frame(&unread(&[]))), [Effect::CaughtUp]);
    machine
}

/// The ids of the metas in the frames among the effects.
fn sent_ids(effects: &[Effect]) -> Vec<u64> {
    let frames = effects.iter().filter_map(|effect| match effect {
        Effect::Send(bytes) => Some(MSync::decode(bytes.as_slice()).unwrap()),
        _ => None,
    });
    let uplinks = frames.map(|frame| CommSyncUl::decode(frame.payload.as_slice()).unwrap());
    uplinks.filter_map(|sync| sync.meta).map(|meta| meta.id).collect()
}

fn send(machine: &mut Machine, id: u64) -> Vec<u64> {
    sent_ids(&machine.handle(T0, Input::Send(Box::new(receipt(id)))))
}

fn answered(machine: &mut Machine, id: u64, code: ErrorCode, reason: &str) -> Vec<Effect> {
    machine.handle(T0, Input::Frame(&answer(id, code as i32, reason)))
}

#[test]
fn a_meta_is_sent_after_the_queues_are_read_and_its_answer_is_reported() {
    let mut machine = online();
    assert_eq!(send(&mut machine, 5), NONE, "what is in the queues is not known yet");
    assert_eq!(machine.handle(T0, Input::Frame(&unread(&[]))), [Effect::CaughtUp]);
    assert_eq!(send(&mut machine, 5), [5]);
    assert_eq!(send(&mut machine, 5), NONE, "it is under way");
    let effects = answered(&mut machine, 5, ErrorCode::Ok, "");
    assert_eq!(effects, [Effect::Answered(Box::new(Answer { meta: receipt(5), result: Ok(1_005) }))]);
    assert_eq!(answered(&mut machine, 5, ErrorCode::Ok, ""), [], "an answer counts once");
}

#[test]
fn an_answer_is_not_taken_for_a_batch() {
    let mut machine = caught_up();
    assert_eq!(send(&mut machine, 5), [5]);
    assert_eq!(sent(&machine.handle(T0, Input::Frame(&notice("bob")))), [sync("bob", None)]);
    assert_eq!(answered(&mut machine, 9, ErrorCode::Fail, "internal error"), []);
    assert!(matches!(answered(&mut machine, 5, ErrorCode::Ok, "")[..], [Effect::Answered(_)]));
    let effects = machine.handle(T0, Input::Frame(&batch("bob", &[1], 1, false)));
    assert!(matches!(effects[..], [Effect::Apply(_)]), "{effects:?}");
}

#[test]
fn a_refusal_that_lasts_is_reported_and_another_is_tried_again_on_the_next_connection() {
    let mut machine = caught_up();
    assert_eq!(send(&mut machine, 5), [5]);
    let effects = answered(&mut machine, 5, ErrorCode::Fail, "not in group or chatroom");
    let [Effect::Answered(answer)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(answer.result.as_ref().unwrap_err().code, Code::GroupNotJoined);
    assert_eq!(send(&mut machine, 6), [6]);
    assert_eq!(answered(&mut machine, 6, ErrorCode::Fail, "internal error"), []);
    assert!(machine.is_online());
    assert_eq!(send(&mut machine, 6), NONE);
    machine.handle(T0, Input::Closed { in_order: false });
    machine.handle(T0, Input::Online);
    machine.handle(T0, Input::Opened);
    machine.handle(T0, Input::Frame(&provision(Status::ok())));
    assert_eq!(send(&mut machine, 6), NONE, "the queues of the new connection are not read yet");
    machine.handle(T0, Input::Frame(&unread(&[])));
    assert_eq!(send(&mut machine, 6), [6]);
}

#[test]
fn ten_metas_are_under_way_at_most() {
    let mut machine = caught_up();
    let accepted: Vec<_> = (1..=20).flat_map(|id| send(&mut machine, id)).collect();
    assert_eq!(accepted, (1..=10).collect::<Vec<_>>());
    answered(&mut machine, 3, ErrorCode::Ok, "");
    assert_eq!(send(&mut machine, 11), [11]);
}

//! The machine, input by input.

use super::*;
use prost::Message as _;
use roamkit_wire::meta::{Meta, Namespace};
use roamkit_wire::msync::{
    CommNotice, CommSyncUl, CommUnreadDl, Command, Jid, MSync, MetaQueue, Provision, StatisticsBody,
    StatisticsOperation, Status,
};

mod evictions;
mod liveness;
mod outbox;
mod tokens;
mod walk;

const T0: u64 = 1_700_000_000_000;

fn machine() -> Machine {
    let identity = Identity { app_key: "demo#chat".into(), user: "alice".into(), device: "d1".into() };
    Machine::new(identity, 42)
}

fn start(machine: &mut Machine, now: u64) -> Vec<Effect> {
    machine.handle(now, Input::Start { token: "tok".into(), expiry: TokenExpiry::Unknown })
}

fn frame(command: Command, payload: &impl prost::Message) -> Vec<u8> {
    MSync { command: command as i32, payload: payload.encode_to_vec(), ..MSync::default() }.encode_to_vec()
}

fn provision(status: Status) -> Vec<u8> {
    frame(Command::Provision, &Provision { status: Some(status), ..Provision::default() })
}

fn queue(name: &str) -> Jid {
    Jid::user("demo#chat", name)
}

fn notice(name: &str) -> Vec<u8> {
    frame(Command::Notice, &CommNotice { queue: Some(queue(name)) })
}

fn unread(names: &[&str]) -> Vec<u8> {
    let unread = names.iter().map(|name| MetaQueue { queue: Some(queue(name)), n: 1 }).collect();
    frame(Command::Unread, &CommUnreadDl { unread, ..CommUnreadDl::default() })
}

/// The answer to UNREAD of a server whose clock shows this time.
fn unread_at(timestamp: u64) -> Vec<u8> {
    frame(Command::Unread, &CommUnreadDl { timestamp, ..CommUnreadDl::default() })
}

fn batch(name: &str, ids: &[u64], next_key: u64, is_last: bool) -> Vec<u8> {
    let metas = ids.iter().map(|&id| Meta { id, ns: Namespace::Notify as i32, ..Meta::default() }).collect();
    let dl = CommSyncDl {
        queue: Some(queue(name)),
        metas,
        next_key: Some(next_key),
        is_last,
        ..CommSyncDl::default()
    };
    frame(Command::Sync, &dl)
}

/// The request in a frame: the command, and for a SYNC the queue and key.
type Request = (Command, Option<(String, Option<u64>)>);

/// The requests in the frames among the effects.
fn sent(effects: &[Effect]) -> Vec<Request> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Send(bytes) => Some(MSync::decode(bytes.as_slice()).unwrap()),
            _ => None,
        })
        .map(|frame| {
            let command = Command::try_from(frame.command).unwrap();
            let sync = (command == Command::Sync).then(|| {
                let sync = CommSyncUl::decode(frame.payload.as_slice()).unwrap();
                (sync.queue.unwrap().name, sync.key)
            });
            (command, sync)
        })
        .collect()
}

fn sync(name: &str, key: Option<u64>) -> Request {
    (Command::Sync, Some((name.into(), key)))
}

/// A meta with that local id.
fn receipt(id: u64) -> Meta {
    Meta { id, ns: Namespace::Chat as i32, to: Some(queue("bob")), ..Meta::default() }
}

/// The answer to the meta with that local id.
fn answer(id: u64, code: i32, reason: &str) -> Vec<u8> {
    let status = Status { error_code: code, reason: reason.into(), ..Status::default() };
    let answer =
        CommSyncDl { status: Some(status), meta_id: id, server_id: 1_000 + id, ..CommSyncDl::default() };
    frame(Command::Sync, &answer)
}

fn online() -> Machine {
    let mut machine = machine();
    assert_eq!(start(&mut machine, T0), [Effect::Connect]);
    let effects = machine.handle(T0, Input::Opened);
    assert_eq!(sent(&effects), [(Command::Provision, None)]);
    let effects = machine.handle(T0, Input::Frame(&provision(Status::ok())));
    assert_eq!(effects[0], Effect::Up);
    assert_eq!(sent(&effects), [(Command::Unread, None)]);
    machine
}

#[test]
fn the_provision_frame_has_the_token_in_both_fields_of_the_service() {
    let mut machine = machine();
    start(&mut machine, T0);
    let effects = machine.handle(T0, Input::Opened);
    let Some(Effect::Send(bytes)) = effects.first() else { panic!("{effects:?}") };
    let frame = MSync::decode(bytes.as_slice()).unwrap();
    assert_eq!(frame.auth, "$t$tok");
    assert_eq!(frame.guid, Some(Jid::device("demo#chat", "alice", "d1")));
    let provision = Provision::decode(frame.payload.as_slice()).unwrap();
    assert_eq!(provision.resource, "d1");
    assert_eq!(provision.auth_token, r#"{"token":"$t$tok"}"#);
}

#[test]
fn queues_are_read_one_by_one_and_each_batch_is_acknowledged_after_it_is_stored() {
    let mut machine = online();
    let effects = machine.handle(T0, Input::Frame(&unread(&["bob", "carol"])));
    assert_eq!(sent(&effects), [sync("bob", None)]);
    let effects = machine.handle(T0, Input::Frame(&batch("bob", &[1, 2], 2, false)));
    let [Effect::Apply(first)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!((first.position, first.metas.len()), (Some(2), 2));
    // Nothing more is requested until the batch is stored.
    assert_eq!(machine.handle(T0, Input::Frame(&notice("bob"))), []);
    assert_eq!(sent(&machine.handle(T0, Input::Applied)), [sync("bob", Some(2))]);
    machine.handle(T0, Input::Frame(&batch("bob", &[3], 3, true)));
    // The last batch is acknowledged, too, and this request also covers the notice.
    assert_eq!(sent(&machine.handle(T0, Input::Applied)), [sync("bob", Some(3))]);
    let effects = machine.handle(T0, Input::Frame(&batch("bob", &[], 3, true)));
    assert_eq!(sent(&effects), [sync("bob", Some(3))], "the notice came while bob's queue was read");
    let effects = machine.handle(T0, Input::Frame(&batch("bob", &[], 3, true)));
    assert_eq!(sent(&effects), [sync("carol", None)]);
}

#[test]
fn a_queue_is_read_once_for_several_mentions_and_again_for_a_later_one() {
    let mut machine = online();
    let effects = machine.handle(T0, Input::Frame(&unread(&["bob", "carol", "carol", "dave", "carol"])));
    assert_eq!(sent(&effects), [sync("bob", None)]);
    for (done, next) in [("bob", sync("carol", None)), ("carol", sync("dave", None))] {
        let effects = machine.handle(T0, Input::Frame(&batch(done, &[], 1, true)));
        assert_eq!(sent(&effects), [next]);
    }
    assert_eq!(sent(&machine.handle(T0, Input::Frame(&notice("carol")))), []);
    let effects = machine.handle(T0, Input::Frame(&batch("dave", &[], 1, true)));
    assert_eq!(sent(&effects), [sync("carol", None)]);
    assert_eq!(sent(&machine.handle(T0, Input::Frame(&batch("carol", &[], 1, true)))), []);
}

#[test]
fn a_batch_that_could_not_be_stored_is_not_acknowledged() {
    let mut machine = online();
    machine.handle(T0, Input::Frame(&notice("bob")));
    machine.handle(T0, Input::Frame(&batch("bob", &[1], 1, true)));
    let effects = machine.handle(T0, Input::NotApplied);
    assert_eq!(sent(&effects), []);
    assert!(matches!(effects.as_slice(), [Effect::Disconnect, Effect::Down { will_reconnect: true, .. }]));
}

#[test]
fn a_silent_server_gets_a_heartbeat_and_then_loses_the_connection() {
    let mut machine = online();
    assert_eq!(machine.next_tick(), Some(T0 + HEARTBEAT_MS));
    let asked = T0 + HEARTBEAT_MS;
    assert_eq!(sent(&machine.handle(asked, Input::Tick)), [(Command::Unread, None)]);
    assert_eq!(machine.next_tick(), Some(asked + ANSWER_MS));
    assert_eq!(machine.handle(asked + ANSWER_MS - 1, Input::Tick), []);
    let effects = machine.handle(asked + ANSWER_MS, Input::Tick);
    assert!(matches!(effects.as_slice(), [Effect::Disconnect, Effect::Down { will_reconnect: true, .. }]));
    let again = machine.next_tick().unwrap();
    assert!(again <= asked + ANSWER_MS + 500);
    assert_eq!(machine.handle(again, Input::Tick), [Effect::Connect]);
}

#[test]
fn a_page_that_slept_sends_a_heartbeat_before_it_reconnects() {
    let mut machine = online();
    let woken = T0 + 3_600_000;
    assert_eq!(sent(&machine.handle(woken, Input::Tick)), [(Command::Unread, None)]);
    assert_eq!(machine.handle(woken + 5, Input::Frame(&unread(&[]))), [Effect::CaughtUp]);
    assert!(machine.is_online());
}

#[test]
fn a_refused_login_and_a_kick_end_the_session_with_their_code() {
    for (code, reason, expected) in [
        (ErrorCode::TokenExpired, "", Code::TokenExpired),
        (ErrorCode::Unauthorized, "Sorry, token expired", Code::TokenExpired),
        (ErrorCode::Unauthorized, "Sorry, user not found", Code::UserNotFound),
        (ErrorCode::Unauthorized, "Sorry, who?", Code::UserAuthenticationFailed),
        (
            ErrorCode::Fail,
            "Sorry, token or password does not match login info",
            Code::UserAuthenticationFailed,
        ),
        (ErrorCode::TooManyDevices, "", Code::UserLoginTooManyDevices),
    ] {
        let mut machine = machine();
        start(&mut machine, T0);
        machine.handle(T0, Input::Opened);
        let effects = machine.handle(T0, Input::Frame(&provision(Status::error(code, reason))));
        let [Effect::Disconnect, Effect::Down { error, will_reconnect: false }] = effects.as_slice() else {
            panic!("{effects:?}")
        };
        assert_eq!(error.code, expected);
        assert_eq!(machine.next_tick(), None);
    }
    for (operation, expected) in [
        (StatisticsOperation::UserRemoved, Code::UserRemoved),
        (StatisticsOperation::UserLoginAnotherDevice, Code::UserLoginAnotherDevice),
        (StatisticsOperation::UserKickedByChangePassword, Code::UserKickedByChangePassword),
        (StatisticsOperation::UserKickedByOtherDevice, Code::UserKickedByOtherDevice),
    ] {
        let mut machine = online();
        let body = StatisticsBody { operation: operation as i32, reason: String::new() };
        let meta = Meta { payload: body.encode_to_vec(), ..Meta::default() };
        let dl = CommSyncDl { metas: vec![meta], is_last: true, ..CommSyncDl::default() };
        let effects = machine.handle(T0, Input::Frame(&frame(Command::Sync, &dl)));
        let [Effect::Disconnect, Effect::Down { error, will_reconnect: false }] = effects.as_slice() else {
            panic!("{effects:?}")
        };
        assert_eq!(error.code, expected);
        assert!(machine.is_stopped());
    }
}

#[test]
fn the_expiry_of_a_token_is_reported() {
    let mut machine = machine();
    machine.handle(T0, Input::Start { token: "tok".into(), expiry: TokenExpiry::OnDevice(T0 + 1_000) });
    machine.handle(T0, Input::Opened);
    machine.handle(T0, Input::Frame(&provision(Status::ok())));
    assert_eq!(machine.next_tick(), Some(T0 + 800));
    assert_eq!(machine.handle(T0 + 800, Input::Tick), [Effect::TokenWillExpire]);
    assert_eq!(machine.next_tick(), Some(T0 + 1_000));
    assert_eq!(machine.handle(T0 + 1_000, Input::Tick), [Effect::TokenExpired]);
    assert_eq!(machine.handle(T0 + 1_001, Input::Tick), []);
    let renewed = Input::Renew { token: "new".into(), expiry: TokenExpiry::OnDevice(T0 + 11_000) };
    assert_eq!(machine.handle(T0 + 1_000, renewed), []);
    assert_eq!(machine.next_tick(), Some(T0 + 9_000));
}

#[test]
fn an_answer_about_the_old_token_does_not_affect_a_renewed_one() {
    let answer = |status| {
        let auth_token = format!(r#"{{"expires_in":{}}}"#, T0 + 1_000);
        frame(Command::Provision, &Provision { status: Some(status), auth_token, ..Provision::default() })
    };
    let asked = || {
        let mut machine = machine();
        start(&mut machine, T0);
        machine.handle(T0, Input::Opened);
        machine
    };
    let renewed = || Input::Renew { token: "new".into(), expiry: TokenExpiry::OnServer(T0 + 10_000) };
    let mut machine = asked();
    machine.handle(T0, renewed());
    assert_eq!(machine.handle(T0, Input::Frame(&answer(Status::ok())))[0], Effect::Up);
    machine.handle(T0, Input::Frame(&unread_at(T0)));
    assert_eq!(machine.handle(T0 + 1_000, Input::Tick), [], "the new token is not affected");
    assert_eq!(machine.handle(T0 + 8_000, Input::Tick).first(), Some(&Effect::TokenWillExpire));
    // If the old token has expired, the new one is tried.
    let expired = || answer(Status::error(ErrorCode::TokenExpired, ""));
    let mut machine = asked();
    machine.handle(T0, renewed());
    let effects = machine.handle(T0, Input::Frame(&expired()));
    assert!(matches!(effects[1], Effect::Down { will_reconnect: true, .. }), "{effects:?}");
    // If the token was renewed before the login or after the answer, the answer counts.
    let mut machine = self::machine();
    start(&mut machine, T0);
    machine.handle(T0, renewed());
    machine.handle(T0, Input::Opened);
    assert!(matches!(
        machine.handle(T0, Input::Frame(&expired())).last(),
        Some(Effect::Down { will_reconnect: false, .. })
    ));
    let mut machine = asked();
    machine.handle(T0, Input::Frame(&answer(Status::ok())));
    machine.handle(T0, Input::Frame(&unread_at(T0)));
    assert_eq!(machine.handle(T0 + 800, Input::Tick), [Effect::TokenWillExpire]);
}

#[test]
fn stopping_sends_a_logout_and_needs_no_more_ticks() {
    let mut machine = online();
    let effects = machine.handle(T0, Input::Stop);
    assert_eq!(sent(&effects), [(Command::Logout, None)]);
    assert_eq!(effects.last(), Some(&Effect::Disconnect));
    assert_eq!((machine.next_tick(), machine.is_stopped()), (None, true));
}

//! The election, case by case.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use super::*;
use leader_watch::{ANSWER_MS, PING_MS};
use reports::HANDOVER_MS;

mod random;

const T0: u64 = 1_700_000_000_000;

fn token(value: &str) -> Token {
    Token { value: value.into(), ..Token::default() }
}

fn error(code: Code) -> Error {
    Error::new(code, "why")
}

fn start(value: &str) -> (Election, Vec<Effect>) {
    Election::start(T0, token(value), true, true, 0)
}

/// A leader whose session is up.
fn leader(value: &str) -> Election {
    let (mut tab, _) = start(value);
    tab.handle(T0, Input::LockGranted);
    tab.handle(T0, Input::LogEnd(Some(0)));
    tab.handle(T0, Input::Session(SessionEvent::Up));
    tab
}

fn state(term: u64, status: Status) -> Input {
    Input::Message(TabMessage::State { term, number: Some(0), status })
}

/// A follower of a leader whose session is up.
fn follower(value: &str) -> Election {
    let (mut tab, _) = start(value);
    tab.handle(T0, state(T0, Status::Up));
    tab
}

#[test]
fn a_leader_starts_the_session_and_a_follower_waits_for_it() {
    let (mut one, effects) = start("t");
    assert_eq!(
        effects,
        [Effect::OpenChannel, Effect::RequestLock, Effect::Send(TabMessage::Hello { eager: true })]
    );
    let effects = one.handle(T0, Input::LockGranted);
    assert_eq!(effects[0], Effect::StartSession(token("t")));
    assert!(one.has_session());
    assert!(one.handle(T0, Input::Session(SessionEvent::Up)).contains(&Effect::Up));

    let (mut two, _) = start("u");
    assert_eq!(two.handle(T0, state(T0, Status::Connecting)), []);
    assert_eq!(two.handle(T0, state(T0, Status::Up)), [Effect::Up]);
    assert_eq!(two.handle(T0, state(T0, Status::Up)), []);
    assert!(!two.has_session());
}

#[test]
fn a_follower_asks_the_server_of_a_token_that_it_was_given() {
    let unchecked = || {
        let mut tab = Election::start(T0, token("t"), false, true, 0).0;
        assert_eq!(tab.handle(T0, state(T0, Status::Up)), [Effect::CheckToken(token("t"))]);
        tab
    };
    let refused = error(Code::InvalidToken);
    let answer = unchecked().handle(T0, Input::TokenChecked(Err(refused.clone())));
    assert_eq!(answer, [Effect::Down { error: refused, will_reconnect: false }]);
    assert_eq!(unchecked().handle(T0, Input::TokenChecked(Ok(7))), [Effect::Up]);
    let unknown = Input::TokenChecked(Err(error(Code::ServerBusy)));
    assert_eq!(unchecked().handle(T0, unknown), [Effect::Up], "a call will tell");
}

#[test]
fn a_token_that_is_renewed_while_the_old_one_is_asked_about_brings_a_follower_up() {
    let mut tab = Election::start(T0, token("old"), false, true, 0).0;
    assert_eq!(tab.handle(T0, state(T0, Status::Up)), [Effect::CheckToken(token("old"))]);
    let effects = tab.handle(T0, Input::Message(TabMessage::Renewed { token: "new".into(), expires_at: 0 }));
    assert_eq!(effects, [Effect::SetToken(token("new")), Effect::Up]);
    // The answer comes too late to matter.
    assert_eq!(tab.handle(T0, Input::TokenChecked(Err(error(Code::TokenExpired)))), []);
}

#[test]
fn a_quick_handover_is_not_reported() {
    let mut tab = follower("t");
    let effects = tab.handle(T0 + 5, Input::LockGranted);
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Down { .. })));
    assert!(!tab.handle(T0 + 900, Input::Session(SessionEvent::Up)).contains(&Effect::Up));

    let mut tab = follower("t");
    tab.handle(T0 + 5, Input::LockGranted);
    assert_eq!(tab.next_tick(), Some(T0 + 5 + HANDOVER_MS));
    let effects = tab.handle(T0 + 5 + HANDOVER_MS, Input::Tick);
    assert!(matches!(effects[..], [Effect::Down { will_reconnect: true, .. }]));
    assert!(tab.handle(T0 + 9_000, Input::Session(SessionEvent::Up)).contains(&Effect::Up));
}

#[test]
fn a_leader_that_does_not_answer_is_replaced_unless_this_tab_slept() {
    let (mut tab, _) = start("t");
    assert_eq!(tab.next_tick(), Some(T0 + ANSWER_MS));
    assert_eq!(tab.handle(T0 + ANSWER_MS, Input::Tick), [Effect::StealLock]);

    let mut tab = follower("t");
    let ping = tab.next_tick().unwrap();
    assert_eq!(tab.handle(ping, Input::Tick), [Effect::Send(TabMessage::Hello { eager: false })]);
    let late = ping + ANSWER_MS + 60_000;
    assert_eq!(tab.handle(late, Input::Tick), [], "messages that arrived meanwhile come first");
    let next = tab.next_tick().unwrap();
    assert_eq!(
        tab.handle(next + 60_000, Input::Tick),
        [Effect::StealLock],
        "the deadline is extended only once"
    );
    let mut tab = follower("t");
    tab.handle(ping, Input::Tick);
    tab.handle(late, Input::Tick);
    tab.handle(late, state(T0, Status::Up));
    assert_eq!(tab.next_tick(), Some(late + PING_MS));
}

#[test]
fn the_events_in_the_log_are_emitted_before_a_call_resolves() {
    let batch = |number, prev, events: &str| EventBatch { number, prev, events: events.into() };
    let mut tab = follower("t");
    assert_eq!(tab.unreported_after(), Some(0));
    let effects = tab.handle(T0, Input::LogBeforeCall(vec![batch(5, 0, "a"), batch(6, 5, "b")]));
    assert_eq!(effects, [Effect::EmitEvents("a".into()), Effect::EmitEvents("b".into())]);
    assert_eq!(tab.unreported_after(), Some(6));
    // The leader's message comes after that.
    assert_eq!(tab.handle(T0, Input::Message(TabMessage::Events(batch(5, 0, "a")))), []);
    assert_eq!(tab.handle(T0, Input::Message(TabMessage::Events(batch(6, 5, "b")))), []);
    let effects = tab.handle(T0, Input::Message(TabMessage::Events(batch(7, 6, "c"))));
    assert_eq!(effects, [Effect::EmitEvents("c".into())]);

    // A tab that has just taken over emits them, too.
    let mut tab = follower("t");
    tab.handle(T0, Input::LockGranted);
    assert_eq!(tab.unreported_after(), Some(0));
    assert_eq!(
        tab.handle(T0, Input::LogBeforeCall(vec![batch(5, 0, "a")])),
        [Effect::EmitEvents("a".into())]
    );
    assert_eq!(tab.handle(T0, Input::Log(Some(vec![batch(5, 0, "a")]))).len(), 1, "only its state");

    // A tab that does not know the log begins with the events since the session was up.
    let (mut tab, _) = start("t");
    assert_eq!(tab.unreported_after(), None, "nothing must be emitted yet");
    let up = TabMessage::State { term: T0, number: None, status: Status::Up };
    tab.handle(T0, Input::Message(up));
    assert_eq!(tab.unreported_after(), Some(T0 - 1));
    assert_eq!(
        tab.handle(T0, Input::LogBeforeCall(vec![batch(T0, T0 - 9, "a")])),
        [Effect::EmitEvents("a".into())]
    );
    assert_eq!(tab.handle(T0, Input::Message(TabMessage::Events(batch(T0, T0 - 9, "a")))), []);

    // A tab that shares nothing has nothing to read.
    let mut alone = follower("t");
    alone.handle(T0, Input::CopyNotShared);
    assert_eq!(alone.unreported_after(), None);
}

#[test]
fn a_tab_whose_lock_was_stolen_follows() {
    let mut tab = leader("t");
    let effects = tab.handle(T0 + 1, Input::LockStolen);
    assert_eq!(effects[..2], [Effect::StopSession, Effect::RequestLock]);
    assert!(!tab.has_session());
    // A message of an earlier leader is ignored.
    tab.handle(T0 + 2, state(T0 + 1, Status::Up));
    assert_eq!(tab.handle(T0 + 3, state(T0, Status::Down(error(Code::Network)))), []);
    // The new leader's connection replaced this tab's.
    let mut tab = leader("t");
    let replaced = error(Code::UserLoginAnotherDevice);
    assert_eq!(
        tab.handle(T0, Input::Session(SessionEvent::Down { error: replaced.clone(), will_reconnect: false })),
        []
    );
    tab.handle(T0 + 100, Input::LockStolen);
    tab.handle(T0 + 200, state(T0 + 1, Status::Up));
    assert_eq!(tab.handle(T0 + REPLACED_MS, Input::Tick), []);
    // Another device replaced it.
    let mut tab = leader("t");
    tab.handle(T0, Input::Session(SessionEvent::Down { error: replaced.clone(), will_reconnect: false }));
    let effects = tab.handle(T0 + REPLACED_MS, Input::Tick);
    assert_eq!(effects.last(), Some(&Effect::Down { error: replaced, will_reconnect: false }));
}

#[test]
fn the_end_of_the_session_ends_every_tab_and_a_refused_token_only_its_owners() {
    let kicked = error(Code::UserRemoved);
    let mut one = leader("t");
    let effects =
        one.handle(T0, Input::Session(SessionEvent::Down { error: kicked.clone(), will_reconnect: false }));
    let [Effect::Send(message), Effect::Down { .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(
        follower("u").handle(T0, Input::Message(message.clone())),
        [Effect::Down { error: kicked, will_reconnect: false }]
    );
    // The lock may arrive before the message.
    let mut next = follower("u");
    next.handle(T0, Input::LockGranted);
    assert!(matches!(
        next.handle(T0, Input::Message(message.clone()))[..],
        [Effect::Down { will_reconnect: false, .. }]
    ));

    let refused = error(Code::TokenExpired);
    let effects = leader("t")
        .handle(T0, Input::Session(SessionEvent::Down { error: refused.clone(), will_reconnect: false }));
    let [Effect::Send(message), Effect::Down { .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(
        follower("t").handle(T0, Input::Message(message.clone())),
        [Effect::Down { error: refused, will_reconnect: false }]
    );
    let mut other = follower("u");
    assert_eq!(other.handle(T0, Input::Message(message.clone())), []);
    assert!(other.handle(T0, Input::LockGranted).contains(&Effect::StartSession(token("u"))));
}

#[test]
fn an_eager_hello_ends_a_long_wait() {
    let mut tab = leader("t");
    tab.handle(T0, Input::Session(SessionEvent::Down { error: error(Code::Network), will_reconnect: true }));
    let hello = |eager| Input::Message(TabMessage::Hello { eager });
    assert!(!tab.handle(T0, hello(false)).contains(&Effect::StartSession(token("t"))));
    let effects = tab.handle(T0, hello(true));
    assert_eq!(effects[0], Effect::StartSession(token("t")));
    assert!(matches!(&effects[1], Effect::Send(TabMessage::State { status: Status::Connecting, .. })));
}

#[test]
fn the_expiry_of_a_token_is_reported_once_whoever_leads() {
    let mut tab = follower("t");
    let will = |value: &str| Input::Message(TabMessage::WillExpire(value.into()));
    assert_eq!(tab.handle(T0, will("t")), [Effect::EmitTokenWillExpire]);
    tab.handle(T0, Input::LockGranted);
    let again = tab.handle(T0, Input::Session(SessionEvent::TokenWillExpire));
    assert_eq!(again, [Effect::Send(TabMessage::WillExpire("t".into()))]);
    tab.handle(T0, Input::TokenRenewed(token("u")));
    let effects = tab.handle(T0, Input::Session(SessionEvent::TokenWillExpire));
    assert!(effects.contains(&Effect::EmitTokenWillExpire));
}

#[test]
fn a_tab_that_logs_in_later_is_told_of_the_expiry_too() {
    let mut tab = leader("t");
    let hello = |eager| Input::Message(TabMessage::Hello { eager });
    let sent = Effect::Send(TabMessage::WillExpire("t".into()));
    assert!(!tab.handle(T0, hello(true)).contains(&sent));
    tab.handle(T0, Input::Session(SessionEvent::TokenWillExpire));
    assert!(tab.handle(T0, hello(true)).contains(&sent));
    // A tab that is not eager asks only because the leader was silent, so it has heard the warning.
    assert!(!tab.handle(T0, hello(false)).contains(&sent));
    tab.handle(T0, Input::Session(SessionEvent::TokenExpired));
    let effects = tab.handle(T0, hello(true));
    assert!(effects.contains(&Effect::Send(TabMessage::Expired("t".into()))) && !effects.contains(&sent));
    tab.handle(T0, Input::TokenRenewed(token("u")));
    let effects = tab.handle(T0, hello(true));
    assert!(matches!(&effects[..], [Effect::Send(TabMessage::State { .. })]), "{effects:?}");

    let message = |value: &str| Input::Message(TabMessage::WillExpire(value.into()));
    let (mut same, _) = start("t");
    assert_eq!(same.handle(T0, message("t")), [Effect::EmitTokenWillExpire]);
    // The tab has another token.
    let (mut other, _) = start("u");
    assert_eq!(other.handle(T0, message("t")), []);
    assert_eq!(follower("u").handle(T0, message("t")), [Effect::EmitTokenWillExpire]);
}

#[test]
fn without_locks_or_a_shared_copy_each_tab_is_alone() {
    let (tab, effects) = Election::start(T0, token("t"), true, false, 0);
    assert_eq!(effects, [Effect::StartSession(token("t"))]);
    assert!(!tab.is_shared());
    let (mut tab, _) = start("t");
    assert_eq!(tab.handle(T0, Input::LockUnavailable), [Effect::Leave, Effect::StartSession(token("t"))]);
    let mut tab = leader("t");
    assert_eq!(tab.handle(T0, Input::CopyNotShared), [Effect::Leave]);
    assert!(tab.has_session() && !tab.is_shared());
    assert_eq!(tab.handle(T0, Input::Suspend), [Effect::StopSession]);
    assert_eq!(tab.handle(T0, Input::Resume), [Effect::StartSession(token("t"))]);
}

#[test]
fn a_leader_with_an_unusable_copy_queues_for_the_lock_again_once_a_minute() {
    let mut tab = leader("t");
    let effects = tab.handle(T0 + 1, Input::CopyUnusable);
    assert_eq!(
        effects,
        [Effect::StopSession, Effect::RequestLock, Effect::Send(TabMessage::Hello { eager: false })]
    );
    assert!(!tab.has_session());
    // No other tab waits for the lock.
    assert_eq!(tab.handle(T0 + 2, Input::LockGranted)[0], Effect::StartSession(token("t")));
    assert_eq!(tab.handle(T0 + GIVE_UP_MS, Input::CopyUnusable), []);
    assert!(tab.has_session());
    assert_eq!(tab.handle(T0 + 1 + GIVE_UP_MS, Input::CopyUnusable)[0], Effect::StopSession);
    // A tab without the lead has none to give up.
    assert_eq!(follower("t").handle(T0, Input::CopyUnusable), []);
}

//! Checks of a list that differs from the local copy, for a reason or not.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use super::super::super::clock::set_clock;
use super::*;
use crate::error::Error;
use crate::model::{Arrived, ConversationId, HistoryPage, JsonText, RequestTime, SearchDirection};
use crate::store::{Batch, CallState, Check, Comparison, Fact, LocalQuery, Store};
use futures_util::FutureExt;
use roamkit_wire::conversation::ChatType;

const T0: u64 = 1_700_000_000_000;

/// A request at that time by a tab that knew all earlier writes.
fn requested_at(time: u64) -> RequestTime {
    RequestTime { known_write: time - 1, sent_at: time }
}

fn now<T>(work: impl Future<Output = Result<T, Error>>) -> T {
    work.now_or_never().unwrap().unwrap()
}

fn id(peer: &str) -> ConversationId {
    ConversationId::new(ChatType::Single, peer)
}

fn message(number: u64) -> StoredMessage {
    let key = MessageKey { timestamp: T0 + number, id: number };
    let json = serde_json::json!({
        "id": number.to_string(), "timestamp": key.timestamp, "direction": "receive", "body": { "type": "txt", "msg": "m" },
        "conversationId": "", "conversationType": "singleChat", "ext": {}, "from": "", "to": "",
    });
    StoredMessage { key, json: JsonText::of(&json) }
}

fn listed(peer: &str, last: u64) -> Conversation {
    Conversation::with_message(&id(peer), Some(message(last)))
}

/// A copy with the whole histories of bob, newest message 9, and of carol, newest message 5.
fn copy() -> Store {
    set_clock(T0 + 100);
    let store = Store::in_memory();
    for (peer, ids) in [("bob", [9, 8]), ("carol", [5, 4])] {
        let page = HistoryPage {
            unreadable: 0,
            messages: ids.map(|number| (message(number).key, message(number).json)).into(),
            cursor: None,
            is_last: true,
            anchor: None,
            direction: SearchDirection::Up,
            covers: true,
            asked_at: requested_at(T0 + 99),
        };
        assert!(now(store.save_page(&id(peer), &page)).is_some());
        now(store.save_conversations(&[listed(peer, ids[0])], requested_at(T0 + 99)));
    }
    set_clock(T0 + 1_000);
    store
}

fn apply(store: &Store, fact: Fact) {
    let batch = Batch { queue: "q".into(), position: None, facts: vec![(0, fact)], call: None };
    now(store.apply(&batch));
}

/// The state before a check, and what the check found.
struct Checked(BeforeCheck, Suspicion);

/// Checks the copy against the whole list of the server.
fn check(store: &Store, list: &[Conversation]) -> Checked {
    let before = now(store.begin_list_check()).unwrap();
    let (page, _) = now(store.check_list_page(&before, list, requested_at(T0 + 999)));
    let seen = list.iter().map(|listed| listed.id().storage_key()).collect();
    let (missing, _) = now(store.finish_list_check(&seen, true, requested_at(T0 + 999)));
    let mut suspicion = page.suspicion;
    suspicion.merge(missing);
    Checked(before, suspicion)
}

impl Checked {
    fn confirm(&self, store: &Store) -> bool {
        now(store.confirm_suspicion(&self.0, &self.1))
    }
}

/// The peers of the conversations that are compared now.
fn compared(store: &Store) -> Vec<String> {
    let mut peers = Vec::new();
    while let Comparison::Page(Check { conversation, .. }) = now(store.next_comparison(false)) {
        let key = conversation.storage_key();
        now(store.set_call_state(&key, CallState::Settled));
        peers.push(conversation.peer);
    }
    peers.sort();
    peers
}

fn is_complete(store: &Store, peer: &str) -> bool {
    let query = LocalQuery { anchor: None, direction: SearchDirection::Up, size: 50 };
    now(store.page(&id(peer), query)).complete
}

#[test]
fn an_empty_copy_has_nothing_to_check() {
    assert!(now(Store::in_memory().begin_list_check()).is_none());
}

#[test]
fn the_same_list_says_nothing() {
    let store = copy();
    let checked = check(&store, &[listed("bob", 9), listed("carol", 5)]);
    assert!(checked.1.is_empty());
    assert!(is_complete(&store, "bob") && is_complete(&store, "carol"));
}

#[test]
fn a_newer_message_on_the_server_makes_the_end_unknown() {
    let store = copy();
    check(&store, &[listed("carol", 12), listed("bob", 9)]);
    assert!(is_complete(&store, "bob") && !is_complete(&store, "carol"));
}

#[test]
fn a_message_that_no_queue_delivered_puts_everything_in_doubt() {
    for is_delivered in [true, false] {
        let store = copy();
        let checked = check(&store, &[listed("carol", 12), listed("bob", 9)]);
        assert!(!checked.1.is_empty());
        if is_delivered {
            let arrived = Arrived {
                conversation: id("carol"),
                message: message(12),
                is_unread: true,
                is_command: false,
            };
            let facts = vec![(12, Fact::Message(arrived))];
            now(store.apply(&Batch { queue: "q".into(), position: None, facts, call: None }));
        }
        assert_eq!(checked.confirm(&store), !is_delivered);
        let expected: &[&str] = if is_delivered { &[] } else { &["bob", "carol"] };
        assert_eq!(compared(&store), expected);
    }
}

#[test]
fn a_message_that_the_server_lost_is_compared_unless_a_notice_explains_it() {
    for (is_explained, missing, list) in [
        (false, "carol", [listed("bob", 9), listed("carol", 4)]),
        (true, "carol", [listed("bob", 9), listed("carol", 4)]),
        (false, "bob", [listed("bob", 8), listed("carol", 5)]),
    ] {
        let store = copy();
        let checked = check(&store, &list);
        if is_explained {
            apply(&store, Fact::Removed { conversation: id("carol"), ids: vec![5], until: None });
        }
        assert_eq!(checked.confirm(&store), !is_explained);
        let expected: &[&str] = match (is_explained, missing) {
            (true, _) => &[],
            // The newest message of all is gone.
            (false, "bob") => &["bob", "carol"],
            (false, _) => &["carol"],
        };
        assert_eq!(compared(&store), expected, "{missing}");
    }
}

#[test]
fn a_call_in_progress_explains_a_missing_message() {
    let store = copy();
    let call = now(store.begin_call(Some(&id("carol")), false));
    let checked = check(&store, &[listed("bob", 9), listed("carol", 4)]);
    assert!(checked.1.is_empty());
    now(store.set_call_state(&call, CallState::Settled));
    assert!(!checked.confirm(&store));
}

#[test]
fn a_conversation_that_is_not_listed_leaves_the_list_and_is_compared() {
    let store = copy();
    let checked = check(&store, &[listed("bob", 9)]);
    assert_eq!(now(store.conversations()).len(), 1);
    assert!(checked.confirm(&store));
    assert_eq!(compared(&store), ["carol"]);
}

#[test]
fn a_message_that_arrived_since_the_request_explains_an_older_list() {
    let store = copy();
    let arrived =
        Arrived { conversation: id("carol"), message: message(12), is_unread: true, is_command: false };
    apply(&store, Fact::Message(arrived));
    assert!(check(&store, &[listed("bob", 9), listed("carol", 5)]).1.is_empty());
}

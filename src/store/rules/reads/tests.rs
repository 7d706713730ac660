//! Reads, with lists and messages that do not reflect them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use super::super::super::clock::set_clock;
use crate::error::Error;
use crate::model::{
    Arrived, Conversation, ConversationId, JsonText, MessageKey, Receipt, RequestTime, StoredMessage,
};
use crate::store::{Batch, Comparison, Fact, MAX_RESPONSE_AGE_MS, Store};
use futures_util::FutureExt;
use roamkit_wire::conversation::ChatType;

const T0: u64 = 1_700_000_000_000;

fn now<T>(work: impl Future<Output = Result<T, Error>>) -> T {
    work.now_or_never().unwrap().unwrap()
}

fn bob() -> ConversationId {
    ConversationId::new(ChatType::Single, "bob")
}

/// A message that bob sent, or the user.
fn message(id: u64, direction: &str) -> StoredMessage {
    let key = MessageKey { timestamp: T0 + id, id };
    let json = serde_json::json!({
        "id": id.to_string(), "timestamp": key.timestamp, "direction": direction, "body": { "type": "txt" },
    });
    StoredMessage { key, json: JsonText::of(&json) }
}

fn apply(store: &Store, fact: Fact) {
    let batch = Batch { queue: String::new(), position: None, facts: vec![(0, fact)], call: None };
    now(store.apply(&batch));
}

fn receive(store: &Store, id: u64) {
    let message = message(id, "receive");
    apply(store, Fact::Message(Arrived { conversation: bob(), message, is_unread: true, is_command: false }));
}

fn read_elsewhere(store: &Store, id: u64) {
    apply(store, Fact::Read { conversation: bob(), id });
}

/// Saves a list that was requested at that time: the conversation with its last message and its unread count.
fn save_list(store: &Store, last: u64, unread_count: u32, requested_at: u64) {
    let last = Some(message(last, "receive"));
    let listed = Conversation { unread_count, ..Conversation::with_message(&bob(), last) };
    let requested_at = RequestTime { known_write: requested_at - 1, sent_at: requested_at };
    now(store.save_conversations(&[listed], requested_at));
}

fn unread(store: &Store) -> u32 {
    now(store.conversation(&bob())).unwrap().read::<Conversation>().unwrap().unread_count
}

fn pending(store: &Store) -> Vec<Receipt> {
    now(store.pending_receipts())
}

/// The messages that the pending receipts name.
fn named(store: &Store) -> Vec<Option<u64>> {
    pending(store).into_iter().map(|receipt| receipt.message).collect()
}

fn is_list_stale(store: &Store) -> bool {
    now(store.next_comparison(true)) == Comparison::List
}

/// A copy whose list has three unread messages, the newest with the id 3.
fn three_unread() -> Store {
    set_clock(T0 + 100);
    let store = Store::in_memory();
    save_list(&store, 3, 3, T0 + 99);
    assert_eq!(unread(&store), 3);
    store
}

#[test]
fn a_read_clears_the_count_and_waits_for_the_answer_to_its_receipt() {
    let store = three_unread();
    assert!(now(store.mark_as_read(&bob())), "the list did not change");
    assert_eq!(unread(&store), 0);
    let [Receipt { conversation, number, message: None }] = &pending(&store)[..] else {
        panic!("{:?}", pending(&store))
    };
    assert_eq!(*conversation, bob());
    assert!(!now(store.mark_as_read(&bob())));
    assert_eq!(pending(&store)[0].number, *number, "the receipt that waits says it already");
    assert!(!now(store.finish_receipt(*number, Some(50))));
    assert_eq!((pending(&store), unread(&store), is_list_stale(&store)), (Vec::new(), 0, false));
}

#[test]
fn messages_that_arrive_after_the_read_stay_unread_and_the_receipt_names_the_last_one_before() {
    let store = three_unread();
    now(store.mark_as_read(&bob()));
    receive(&store, 4);
    assert_eq!((unread(&store), named(&store)), (1, vec![Some(3)]));
    let number = pending(&store)[0].number;
    now(store.finish_receipt(number, Some(3)));
    assert_eq!((unread(&store), named(&store)), (1, Vec::new()));
    assert!(is_list_stale(&store), "the service may count differently");
}

#[test]
fn the_server_counts_messages_before_the_receipt_as_read_even_if_they_arrive_here_later() {
    let store = three_unread();
    now(store.mark_as_read(&bob()));
    let number = pending(&store)[0].number;
    receive(&store, 4);
    now(store.finish_receipt(number, Some(6)));
    assert_eq!(unread(&store), 0);
    receive(&store, 5);
    assert_eq!(unread(&store), 0, "the server had it when the receipt came");
    receive(&store, 7);
    assert_eq!(unread(&store), 1);
}

#[test]
fn a_receipt_that_reached_the_server_before_a_restart_is_sent_again() {
    let store = three_unread();
    now(store.mark_as_read(&bob()));
    let other_tab = store.other_tab(2);
    assert_eq!(pending(&other_tab), pending(&store));
    receive(&other_tab, 4);
    assert_eq!(named(&other_tab), [Some(3)]);
}

#[test]
fn a_second_read_replaces_the_receipt_and_its_answer_counts() {
    let store = three_unread();
    now(store.mark_as_read(&bob()));
    let first = pending(&store)[0].number;
    receive(&store, 4);
    now(store.mark_as_read(&bob()));
    let second = pending(&store)[0].number;
    assert_ne!(first, second);
    now(store.finish_receipt(first, Some(3)));
    assert_eq!((unread(&store), named(&store)), (0, vec![None]));
    now(store.finish_receipt(second, Some(9)));
    assert_eq!((unread(&store), named(&store)), (0, Vec::new()));
}

#[test]
fn the_numbers_of_waiting_receipts_differ() {
    let store = three_unread();
    now(store.mark_as_read(&bob()));
    now(store.mark_as_read(&ConversationId::new(ChatType::Group, "7")));
    let pending = pending(&store);
    assert_eq!(pending.len(), 2);
    assert_ne!(pending[0].number, pending[1].number);
}

#[test]
fn a_list_does_not_bring_the_count_back_while_the_receipt_waits() {
    let store = three_unread();
    now(store.mark_as_read(&bob()));
    set_clock(T0 + 200);
    save_list(&store, 3, 3, T0 + 199);
    assert_eq!(unread(&store), 0);
    // The list has a message that did not arrive here yet: three were read, and one is new.
    save_list(&store, 4, 4, T0 + 199);
    assert_eq!(unread(&store), 1);
    assert!(is_list_stale(&store));
    receive(&store, 4);
    assert_eq!((unread(&store), named(&store)), (1, vec![Some(3)]));
}

#[test]
fn a_list_requested_before_the_answer_does_not_bring_the_count_back_and_a_later_one_holds() {
    let store = three_unread();
    now(store.mark_as_read(&bob()));
    set_clock(T0 + 200);
    now(store.finish_receipt(pending(&store)[0].number, Some(50)));
    set_clock(T0 + 300);
    save_list(&store, 3, 3, T0 + 150);
    assert_eq!((unread(&store), is_list_stale(&store)), (0, false));
    save_list(&store, 3, 2, T0 + 250);
    assert_eq!(unread(&store), 2, "the server knows better");
}

#[test]
fn a_list_on_its_way_does_not_undo_a_read_on_another_device() {
    let store = three_unread();
    set_clock(T0 + 200);
    read_elsewhere(&store, 50);
    assert_eq!(unread(&store), 0);
    save_list(&store, 3, 3, T0 + 150);
    assert_eq!(unread(&store), 0);
    receive(&store, 60);
    assert_eq!(unread(&store), 1);
    save_list(&store, 3, 3, T0 + 150);
    assert_eq!(unread(&store), 1);
    // Nobody can tell how many of these were read: the list is compared with the server.
    save_list(&store, 70, 5, T0 + 150);
    assert!(is_list_stale(&store));
}

#[test]
fn a_read_on_another_device_replaces_an_earlier_one_here() {
    let store = three_unread();
    now(store.mark_as_read(&bob()));
    read_elsewhere(&store, 2);
    assert_eq!(named(&store), [None], "the other device read less");
    read_elsewhere(&store, 50);
    assert_eq!(named(&store), []);
}

#[test]
fn a_refused_receipt_is_dropped_and_the_count_of_the_server_comes_back() {
    let store = three_unread();
    now(store.mark_as_read(&bob()));
    now(store.finish_receipt(pending(&store)[0].number, None));
    assert!(pending(&store).is_empty() && is_list_stale(&store));
    save_list(&store, 3, 3, T0 + 150);
    assert_eq!(unread(&store), 3);
}

#[test]
fn a_read_of_a_conversation_without_known_messages_covers_none_that_arrive_later() {
    let store = three_unread();
    let carol = ConversationId::new(ChatType::Single, "carol");
    now(store.mark_as_read(&carol));
    assert_eq!(named(&store), [None]);
    let message = message(9, "receive");
    let arrived = Arrived { conversation: carol.clone(), message, is_unread: true, is_command: false };
    apply(&store, Fact::Message(arrived));
    assert_eq!(named(&store), []);
    now(store.mark_as_read(&carol));
    assert_eq!(named(&store), [None]);
}

#[test]
fn a_receipt_names_a_received_message_and_none_of_the_user() {
    let store = three_unread();
    let own = message(5, "send");
    let sent = Arrived { conversation: bob(), message: own, is_unread: false, is_command: false };
    receive(&store, 4);
    apply(&store, Fact::Message(sent));
    now(store.mark_as_read(&bob()));
    receive(&store, 6);
    assert_eq!(named(&store), [Some(4)]);
}

#[test]
fn a_sweep_keeps_the_receipts_that_wait() {
    let store = three_unread();
    now(store.mark_as_read(&bob()));
    read_elsewhere(&store, 2);
    apply(&store, Fact::Read { conversation: ConversationId::new(ChatType::Group, "7"), id: 9 });
    // A sweep drops what was noted before the sweep before it.
    now(store.sweep());
    set_clock(T0 + 101 + MAX_RESPONSE_AGE_MS);
    now(store.sweep());
    assert_eq!(named(&store), [None]);
    // The other mark is gone: a message before it counts again.
    let group = ConversationId::new(ChatType::Group, "7");
    let late = Arrived {
        conversation: group.clone(),
        message: message(8, "receive"),
        is_unread: true,
        is_command: false,
    };
    apply(&store, Fact::Message(late));
    let listed: Conversation = now(store.conversation(&group)).unwrap().read().unwrap();
    assert_eq!(listed.unread_count, 1);
}

//! The local copy over a real IndexedDB, in a browser.

#![cfg(target_arch = "wasm32")]
// Clippy does not recognize the helper functions as test code.
#![allow(clippy::unwrap_used)]

mod reconciliation;
mod troubles;
mod upgrades;

use futures_util::future::{Either, select};
use roamkit::model::{
    self, Arrived, Body, CmdBody, Conversation, ConversationId, ConversationType, Direction, Edit,
    HistoryPage, JsonText, Message, MessageKey, RequestTime,
    SearchDirection::{self, Down, Up},
    TxtBody,
};
use roamkit::store::{Batch, Fact, LocalPage, LocalQuery, Store, device_id};
use roamkit_wire::conversation::ChatType;
use std::pin::pin;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// A request by a tab that knows everything that was applied before.
fn now() -> RequestTime {
    RequestTime { known_write: u64::MAX, sent_at: js_sys::Date::now() as u64 + 1 }
}

/// A new local copy.
fn new_store(test: &str) -> Store {
    let user = format!("{test}-{}", js_sys::Math::random());
    Store::open("org#app", &user, "device")
}

fn bob() -> ConversationId {
    ConversationId::new(ChatType::Single, "bob")
}

/// Message `n`. Two messages share a time, so the id decides their order.
fn message(n: u64) -> Message {
    Message {
        id: n.to_string(),
        conversation_id: "bob".into(),
        conversation_type: ConversationType::SingleChat,
        from: "bob".into(),
        to: "alice".into(),
        timestamp: 1_700_000_000_000 + n / 2,
        direction: Direction::Receive,
        body: Body::Txt(TxtBody { msg: format!("message {n}") }),
        ext: serde_json::from_value(serde_json::json!({ "n": n, "deep": { "list": [1, "a", null] } }))
            .unwrap(),
    }
}

fn stored(message: &Message) -> (MessageKey, JsonText) {
    let model::StoredMessage { key, json } = message.into();
    (key, json)
}

/// The fact that a message arrived.
fn live(message: &Message) -> Fact {
    let is_command = matches!(message.body, Body::Cmd(_));
    let is_unread = message.direction == Direction::Receive && !is_command;
    let conversation = ConversationId::new(message.conversation_type.into(), &message.conversation_id);
    Fact::Message(Arrived { conversation, message: message.into(), is_unread, is_command })
}

fn time(n: u64) -> u64 {
    message(n).timestamp
}

fn up(ids: impl DoubleEndedIterator<Item = u64>, anchor: Option<u64>, is_last: bool) -> HistoryPage {
    HistoryPage {
        unreadable: 0,
        cursor: None,
        messages: ids.rev().map(|n| stored(&message(n))).collect(),
        anchor,
        direction: Up,
        covers: true,
        is_last,
        asked_at: now(),
    }
}

fn down(ids: impl Iterator<Item = u64>, anchor: Option<u64>, is_last: bool) -> HistoryPage {
    HistoryPage {
        unreadable: 0,
        cursor: None,
        messages: ids.map(|n| stored(&message(n))).collect(),
        anchor,
        direction: Down,
        covers: true,
        is_last,
        asked_at: now(),
    }
}

async fn read(store: &Store, anchor: Option<u64>, direction: SearchDirection, size: u32) -> LocalPage {
    store.page(&bob(), LocalQuery { anchor, direction, size }).await.unwrap()
}

fn ids(messages: &[(MessageKey, JsonText)]) -> Vec<u64> {
    let key_in = |text: &JsonText| text.read::<model::StoredMessage>().unwrap().key();
    messages.iter().map(|(key, text)| (key_in(text) == *key).then_some(key.id).unwrap()).collect()
}

/// Reads a page: its ids, whether it is complete, and whether it is the last.
async fn read_ids(store: &Store, anchor: Option<u64>, direction: SearchDirection) -> (Vec<u64>, bool, bool) {
    let page = read(store, anchor, direction, 50).await;
    (ids(&page.messages), page.complete, page.is_last)
}

/// Applies a fact of this device. Returns true if it is new.
async fn apply_local(store: &Store, fact: Fact) -> bool {
    let batch = Batch { queue: String::new(), position: None, facts: vec![(0, fact)], call: None };
    store.apply(&batch).await.unwrap()[0]
}

fn edited(id: u64, body: &Body) -> Fact {
    let edit = Edit { body: JsonText::of(body), ext: None };
    Fact::Edited { conversation: bob(), id, edit }
}

fn removed(ids: &[u64], until: Option<u64>) -> Fact {
    Fact::Removed { conversation: bob(), ids: ids.to_vec(), until }
}

fn deleted(with_messages: bool, timestamp: u64) -> Fact {
    Fact::ConversationDeleted { conversation: bob(), with_messages, timestamp }
}

fn listed(peer: &str, last: Option<u64>) -> Conversation {
    let id = ConversationId::new(ChatType::Single, peer);
    let last = last.map(|n| (&Message { conversation_id: peer.into(), ..message(n) }).into());
    Conversation::with_message(&id, last)
}

/// Saves the server's whole list. Returns whether the local list changed.
async fn save_whole_list(store: &Store, list: &[Conversation], requested_at: RequestTime) -> bool {
    let is_saved = store.save_conversations(list, requested_at).await.unwrap();
    let keys = list.iter().map(|listed| listed.id().storage_key()).collect();
    store.drop_unlisted(&keys, requested_at).await.unwrap() || is_saved
}

async fn listed_names(store: &Store) -> Vec<String> {
    store
        .conversations()
        .await
        .unwrap()
        .iter()
        .map(|entry| entry.read::<Conversation>().unwrap().conversation_id)
        .collect()
}

async fn bob_in_list(store: &Store) -> Option<Conversation> {
    let shown = store.conversation(&bob()).await.unwrap();
    shown.map(|shown| shown.read().unwrap())
}

async fn last_id(store: &Store) -> Option<String> {
    bob_in_list(store).await.and_then(|shown| shown.last_message).map(|last| last.key.id.to_string())
}

#[wasm_bindgen_test]
async fn pages_are_read_as_they_were_saved_in_both_directions() {
    let store = new_store("pages");
    store.save_page(&bob(), &up(101..151, None, false)).await.unwrap();
    store.save_page(&bob(), &up(81..101, Some(101), false)).await.unwrap();
    store.save_page(&bob(), &up(1..81, Some(81), true)).await.unwrap();

    let page = read(&store, None, Up, 50).await;
    assert_eq!(ids(&page.messages), (101..151).rev().collect::<Vec<_>>());
    assert_eq!((page.cursor, page.is_last, page.complete), (Some(101), false, true));
    assert_eq!(page.messages[0], stored(&message(150)));

    let page = read(&store, page.cursor, Up, 200).await;
    assert_eq!(ids(&page.messages), (1..101).rev().collect::<Vec<_>>());
    assert_eq!((page.cursor, page.is_last, page.complete), (None, true, true));

    let page = read(&store, None, Down, 50).await;
    assert_eq!(ids(&page.messages), (1..51).collect::<Vec<_>>());
    let page = read(&store, Some(50), Down, 200).await;
    assert_eq!(ids(&page.messages), (51..151).collect::<Vec<_>>());
    assert_eq!((page.cursor, page.is_last, page.complete), (None, true, true));

    let unknown = read(&store, Some(999), Up, 50).await;
    assert_eq!((unknown.messages.len(), unknown.is_last, unknown.complete), (0, false, false));
}

#[wasm_bindgen_test]
async fn an_empty_history_is_complete_once_the_server_said_so() {
    let store = new_store("empty");
    assert_eq!(read_ids(&store, None, Up).await, (vec![], false, false));
    store.save_page(&bob(), &up(0..0, None, true)).await.unwrap();
    assert_eq!(read_ids(&store, None, Up).await, (vec![], true, true));
}

#[wasm_bindgen_test]
async fn a_gap_makes_pages_incomplete_until_a_page_fills_it() {
    let store = new_store("gap");
    store.save_page(&bob(), &down(1..5, None, false)).await.unwrap();
    store.save_page(&bob(), &up(8..11, None, false)).await.unwrap();
    assert_eq!(read_ids(&store, Some(8), Up).await, (vec![4, 3, 2, 1], false, true));
    assert_eq!(read_ids(&store, Some(4), Up).await, (vec![3, 2, 1], true, true));
    // A page that ends before the gap is complete.
    let page = read(&store, Some(1), Down, 3).await;
    assert_eq!((ids(&page.messages), page.complete), (vec![2, 3, 4], true));
    store.save_page(&bob(), &down(5..8, Some(4), false)).await.unwrap();
    assert_eq!(read_ids(&store, None, Up).await.0.len(), 10);
    assert!(!read_ids(&store, None, Up).await.1);
    store.save_page(&bob(), &up(7..8, Some(8), false)).await.unwrap();
    assert_eq!(read_ids(&store, None, Up).await, ((1..11).rev().collect(), true, true));
}

#[wasm_bindgen_test]
async fn a_live_message_has_a_gap_before_it_until_a_page_joins_it() {
    let store = new_store("live");
    store.save_page(&bob(), &up(1..4, None, true)).await.unwrap();
    assert!(apply_local(&store, live(&message(4))).await);
    assert_eq!(read_ids(&store, None, Up).await, (vec![4, 3, 2, 1], false, true));
    store.save_page(&bob(), &up(1..5, None, true)).await.unwrap();
    assert_eq!(read_ids(&store, None, Up).await, (vec![4, 3, 2, 1], true, true));
}

#[wasm_bindgen_test]
async fn messages_of_a_filtered_page_have_gaps_between_them() {
    let store = new_store("filtered");
    let page = HistoryPage { covers: false, ..up([2, 4].into_iter(), None, true) };
    store.save_page(&bob(), &page).await.unwrap();
    assert_eq!(read_ids(&store, None, Up).await, (vec![4, 2], false, false));
    store.save_page(&bob(), &up(1..5, None, true)).await.unwrap();
    assert_eq!(read_ids(&store, None, Up).await, (vec![4, 3, 2, 1], true, true));
}

#[wasm_bindgen_test]
async fn a_page_removes_messages_that_the_server_no_longer_has() {
    let store = new_store("quiet-removal");
    store.save_page(&bob(), &up(1..9, None, true)).await.unwrap();
    store.save_page(&bob(), &up([3, 6, 7].into_iter(), Some(8), false)).await.unwrap();
    assert_eq!(read_ids(&store, None, Up).await, (vec![8, 7, 6, 3, 2, 1], true, true));
}

#[wasm_bindgen_test]
async fn messages_are_removed_by_id_and_by_time() {
    let store = new_store("removals");
    store.save_page(&bob(), &up(1..151, None, true)).await.unwrap();
    assert!(apply_local(&store, removed(&[150, 149, 70, 7_000], None)).await);
    let (found, complete, is_last) = read_ids(&store, None, Up).await;
    assert_eq!((found[0], complete, is_last), (148, true, false));
    assert!(apply_local(&store, removed(&[], Some(time(140)))).await);
    assert_eq!(read_ids(&store, None, Up).await, ((142..149).rev().collect(), true, true));
    assert_eq!(store.estimate().await.unwrap().messages, 7);
}

#[wasm_bindgen_test]
async fn a_removal_up_to_a_future_time_keeps_later_messages() {
    let store = new_store("future");
    store.save_page(&bob(), &up(1..5, None, true)).await.unwrap();
    apply_local(&store, removed(&[], Some(u64::MAX))).await;
    assert_eq!(read_ids(&store, None, Up).await, (vec![], true, true));
    let later = Message { timestamp: js_sys::Date::now() as u64 + 60_000, ..message(9) };
    assert!(apply_local(&store, live(&later)).await);
    assert_eq!(read_ids(&store, None, Up).await.0, [9]);
}

#[wasm_bindgen_test]
async fn a_late_page_restores_no_removed_message() {
    let store = new_store("late");
    let before = store.request_time();
    store.save_page(&bob(), &up(1..11, None, true)).await.unwrap();
    apply_local(&store, removed(&[9, 8], None)).await;
    apply_local(&store, removed(&[], Some(time(3)))).await;
    // The page was on its way during the removals.
    let late = HistoryPage { asked_at: before, ..up(1..11, None, true) };
    store.save_page(&bob(), &late).await.unwrap();
    assert_eq!(read_ids(&store, None, Up).await, (vec![10, 7, 6, 5, 4], true, true));
    assert!(!apply_local(&store, live(&message(9))).await);
    let page = HistoryPage { covers: false, asked_at: before, ..up([3, 8].into_iter(), None, true) };
    store.save_page(&bob(), &page).await.unwrap();
    assert_eq!(read_ids(&store, None, Up).await.0, vec![10, 7, 6, 5, 4]);
    let all: Vec<_> = (1..11).map(|n| stored(&message(n))).collect();
    let shown = store.filter_removed(&bob(), &all, before).await.unwrap();
    assert_eq!(ids(&shown), [4, 5, 6, 7, 10]);
}

#[wasm_bindgen_test]
async fn a_removed_last_message_is_replaced_by_the_one_before() {
    let store = new_store("last");
    for n in 1..4 {
        apply_local(&store, live(&message(n))).await;
    }
    assert_eq!(last_id(&store).await.as_deref(), Some("3"));
    assert_eq!(bob_in_list(&store).await.unwrap().unread_count, 3);
    apply_local(&store, removed(&[3], None)).await;
    assert_eq!(last_id(&store).await.as_deref(), Some("2"));
    apply_local(&store, Fact::Recalled { conversation: bob(), id: 2 }).await;
    assert_eq!(last_id(&store).await.as_deref(), Some("1"));
    apply_local(&store, removed(&[1], None)).await;
    let empty = bob_in_list(&store).await.unwrap();
    assert_eq!((empty.last_message, empty.unread_count), (None, 0));
    // A removed message of the server's list is not shown.
    store.save_conversations(&[listed("bob", Some(3))], now()).await.unwrap();
    assert_eq!(last_id(&store).await, None);
}

#[wasm_bindgen_test]
async fn the_unread_count_includes_only_received_messages() {
    let store = new_store("unread");
    let own = Message { direction: Direction::Send, ..message(1) };
    let cmd = Message { body: Body::Cmd(CmdBody { action: "x".into() }), ..message(2) };
    for message in [own, cmd, message(3), message(4)] {
        apply_local(&store, live(&message)).await;
    }
    assert_eq!(bob_in_list(&store).await.unwrap().unread_count, 2);
    apply_local(&store, Fact::Read { conversation: bob(), id: 4 }).await;
    assert_eq!(bob_in_list(&store).await.unwrap().unread_count, 0);
    apply_local(&store, live(&message(4))).await;
    assert_eq!(bob_in_list(&store).await.unwrap().unread_count, 0);
}

#[wasm_bindgen_test]
async fn the_list_never_shows_commands() {
    let store = new_store("commands");
    let cmd = |n| Message { body: Body::Cmd(CmdBody { action: "typing".into() }), ..message(n) };
    apply_local(&store, live(&cmd(2))).await;
    assert_eq!(bob_in_list(&store).await, None, "a command made a conversation");
    apply_local(&store, live(&message(4))).await;
    apply_local(&store, live(&cmd(6))).await;
    assert_eq!(last_id(&store).await.as_deref(), Some("4"));
    apply_local(&store, live(&message(8))).await;
    // The message before the removed one is not the command between them.
    apply_local(&store, removed(&[8], None)).await;
    assert_eq!(last_id(&store).await.as_deref(), Some("4"));
    // A page far from the newest end does not take the place of a last message that the list brought.
    store.save_conversations(&[listed("bob", Some(5))], now()).await.unwrap();
    store.save_page(&bob(), &up(1..2, None, true)).await.unwrap();
    assert_eq!(last_id(&store).await.as_deref(), Some("5"));
    // The history has them, as the server's has.
    assert_eq!(ids(&read(&store, None, Up, 50).await.messages).first(), Some(&6));
}

#[wasm_bindgen_test]
async fn an_edit_replaces_the_message_in_place() {
    let store = new_store("edit");
    store.save_page(&bob(), &up(1..4, None, true)).await.unwrap();
    save_whole_list(&store, &[listed("bob", Some(3))], now()).await;
    let body = Body::Txt(TxtBody { msg: "better".into() });
    apply_local(&store, edited(3, &body)).await;
    let page = read(&store, None, Up, 1).await;
    let better = Message { body, ..message(3) };
    assert_eq!(page.messages[0], stored(&better));
    assert_eq!(bob_in_list(&store).await.unwrap().last_message, Some((&better).into()));
    assert!(page.complete);
}

#[wasm_bindgen_test]
async fn only_a_whole_list_removes_conversations() {
    let store = new_store("lists");
    let list = || vec![listed("bob", Some(5)), listed("carol", Some(9)), listed("dave", None)];
    assert!(save_whole_list(&store, &list(), now()).await);
    assert!(!save_whole_list(&store, &list(), now()).await);
    assert_eq!(listed_names(&store).await, ["carol", "bob", "dave"]);
    assert!(!store.save_conversations(&[listed("bob", Some(5))], now()).await.unwrap());
    assert!(store.save_conversations(&[listed("bob", Some(11))], now()).await.unwrap());
    assert_eq!(listed_names(&store).await, ["bob", "carol", "dave"]);
    let dave = ConversationId::new(ChatType::Single, "dave");
    apply_local(&store, Fact::Pinned { conversation: dave.clone(), time: Some(77) }).await;
    apply_local(&store, Fact::Marked { conversation: dave, mark: "mark_0".into(), set: true }).await;
    assert_eq!(listed_names(&store).await, ["dave", "bob", "carol"]);
    let first = store.conversations().await.unwrap()[0].clone();
    let first: Conversation = first.read().unwrap();
    assert_eq!(first.pinned_time, 77);
    assert!(first.is_pinned && first.marks == ["mark_0"]);
    assert!(save_whole_list(&store, &[listed("carol", Some(9))], now()).await);
    assert_eq!(listed_names(&store).await, ["carol"]);
    // A newer local message stays.
    apply_local(&store, live(&Message { conversation_id: "carol".into(), ..message(20) })).await;
    assert!(!save_whole_list(&store, &[listed("carol", Some(9))], now()).await);
}

#[wasm_bindgen_test]
async fn only_a_newer_message_restores_a_deleted_conversation() {
    let store = new_store("deleted");
    let before = store.request_time();
    store.save_page(&bob(), &up(1..5, None, true)).await.unwrap();
    save_whole_list(&store, &[listed("bob", Some(4))], now()).await;
    apply_local(&store, deleted(true, 0)).await;
    assert!(bob_in_list(&store).await.is_none());
    save_whole_list(&store, &[listed("bob", Some(4))], before).await;
    assert!(
        store
            .save_page(&bob(), &HistoryPage { asked_at: before, ..up(1..5, None, true) })
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(
        (listed_names(&store).await.len(), read_ids(&store, None, Up).await),
        (0, (vec![], true, true))
    );
    apply_local(&store, live(&message(6))).await;
    assert_eq!((last_id(&store).await.as_deref(), read_ids(&store, None, Up).await.0), (Some("6"), vec![6]));

    // A deletion without messages: the local messages go, and can be fetched again.
    apply_local(&store, deleted(false, time(6))).await;
    assert!(bob_in_list(&store).await.is_none());
    assert_eq!(read_ids(&store, None, Up).await, (vec![], false, false));
    store.save_page(&bob(), &up(6..7, None, true)).await.unwrap();
    assert_eq!(read_ids(&store, None, Up).await, (vec![6], true, true));
    assert!(bob_in_list(&store).await.is_none());

    apply_local(&store, Fact::AllDeleted { timestamp: time(20) }).await;
    let carol = Message { conversation_id: "carol".into(), ..message(19) };
    assert!(!apply_local(&store, live(&carol)).await);
    assert!(!apply_local(&store, live(&message(20))).await);
    apply_local(&store, live(&message(22))).await;
    assert_eq!(
        (listed_names(&store).await, read_ids(&store, None, Up).await.0),
        (vec!["bob".to_owned()], vec![22])
    );
}

#[wasm_bindgen_test]
async fn repeated_facts_of_a_queue_have_no_effect() {
    let store = new_store("queue");
    let facts = |range: std::ops::Range<u64>| range.map(|n| (n, live(&message(n)))).collect();
    let batch = Batch { queue: "bob".into(), position: Some(u64::MAX - 1), facts: facts(1..4), call: None };
    assert_eq!(store.queue_position("bob").await.unwrap(), None);
    assert_eq!(store.apply(&batch).await.unwrap(), [true; 3]);
    assert_eq!(store.queue_position("bob").await.unwrap(), Some(u64::MAX - 1));
    assert_eq!(store.apply(&Batch { facts: facts(2..5), ..batch }).await.unwrap(), [false, false, true]);
    assert_eq!(store.queue_position("carol").await.unwrap(), None);
    assert_eq!(bob_in_list(&store).await.unwrap().unread_count, 4);
}

/// Waits for some turns of the event loop: for requests to another database.
async fn turns(clock: &Store, count: usize) {
    for _ in 0..count {
        clock.queue_position("").await.unwrap();
    }
}

#[wasm_bindgen_test]
async fn an_interrupted_batch_is_rolled_back() {
    let store = new_store("abort");
    store.save_page(&bob(), &up(1..5, None, true)).await.unwrap();
    let batch = || Batch {
        queue: "bob".into(),
        position: Some(7),
        facts: vec![(5, live(&message(5))), (6, removed(&[4], None))],
        call: None,
    };
    let clock = new_store("clock");
    let mut cut = 0;
    loop {
        let batch = batch();
        let work = store.apply(&batch);
        let finished = matches!(select(pin!(work), pin!(turns(&clock, cut))).await, Either::Left(_));
        let state = (store.queue_position("bob").await.unwrap(), read_ids(&store, None, Up).await.0);
        if finished {
            assert_eq!(state, (Some(7), vec![5, 3, 2, 1]));
            break;
        }
        // If the commit had already begun, the whole batch is applied.
        if state.0 == Some(7) {
            assert_eq!(state.1, [5, 3, 2, 1]);
            break;
        }
        assert_eq!(state, (None, vec![4, 3, 2, 1]));
        cut += 1;
    }
    assert!(cut > 0);
}

#[wasm_bindgen_test]
async fn many_small_pages_make_one_history() {
    let store = new_store("steps");
    store.save_page(&bob(), &up(380..400, None, false)).await.unwrap();
    for first in (0..19u64).rev().map(|n| n * 20 + 1) {
        let anchor = if first == 361 { 380 } else { first + 20 };
        store.save_page(&bob(), &up(first..anchor, Some(anchor), first == 1)).await.unwrap();
    }
    assert_eq!(store.estimate().await.unwrap().messages, 399);
    let page = read(&store, None, Up, 1000).await;
    assert_eq!(ids(&page.messages), (1..400).rev().collect::<Vec<_>>());
    assert!(page.complete && page.is_last);
    for anchor in 1..400 {
        let page = read(&store, Some(anchor), Down, 3).await;
        assert_eq!(ids(&page.messages), (anchor + 1..400.min(anchor + 4)).collect::<Vec<_>>());
    }
}

#[wasm_bindgen_test]
async fn a_copy_survives_a_close_but_not_a_wipe() {
    let user = format!("wipe-{}", js_sys::Math::random());
    let open = || Store::open("org#app", &user, "device");
    let store = open();
    store.save_page(&bob(), &up(1..5, None, true)).await.unwrap();
    store.close();
    assert!(store.conversations().await.unwrap_err().message.contains("closed"));

    let (store, other_tab) = (open(), open());
    assert_eq!(read_ids(&store, None, Up).await.0, [4, 3, 2, 1]);
    assert_eq!(read_ids(&other_tab, None, Up).await.0, [4, 3, 2, 1]);
    // Another tab closes its connection, and finds an empty copy.
    store.wipe().await.unwrap();
    assert_eq!(read_ids(&other_tab, None, Up).await, (vec![], false, false));
    other_tab.close();
    assert_eq!(read_ids(&open(), None, Up).await, (vec![], false, false));
}

#[wasm_bindgen_test]
async fn another_user_device_or_app_has_another_copy() {
    let user = format!("own/{}", js_sys::Math::random());
    let store = Store::open("org#app", &user, "device");
    apply_local(&store, live(&message(1))).await;
    for (app, user, device) in [
        ("org#app", "someone", "device"),
        ("org#app", &*user, "device2"),
        ("org#other", &user, "device"),
        ("org#app", "own", &format!("{}/device", &user[4..])),
    ] {
        let other = Store::open(app, user, device);
        assert_eq!((listed_names(&other).await.len(), read_ids(&other, None, Up).await.0.len()), (0, 0));
    }
    assert_eq!(listed_names(&Store::open("org#app", &user.to_uppercase(), "device")).await, ["bob"]);
}

#[wasm_bindgen_test]
async fn a_device_keeps_its_id() {
    let user = format!("device-{}", js_sys::Math::random());
    let id = device_id("org#app", &user).await.unwrap();
    assert!(id.starts_with("webim_roamkit_") && id.len() == 14 + 36, "{id}");
    assert_eq!(device_id("org#app", &user).await.unwrap(), id);
    assert_ne!(device_id("org#other", &user).await.unwrap(), id);
}

#[wasm_bindgen_test]
async fn an_estimate_counts_messages_and_conversations() {
    let store = new_store("estimate");
    assert_eq!(store.estimate().await.unwrap(), roamkit::store::Estimate::default());
    store.save_page(&bob(), &up(1..101, None, true)).await.unwrap();
    save_whole_list(&store, &[listed("bob", Some(100)), listed("carol", None)], now()).await;
    let estimate = store.estimate().await.unwrap();
    assert_eq!((estimate.messages, estimate.conversations), (100, 2));
    assert!((10_000..100_000).contains(&estimate.bytes), "{}", estimate.bytes);
}

//! Operations of the whole store over a database in memory.

// Clippy does not recognize the helper functions as test code.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::clock::set_clock;
use super::{Batch, Check, Comparison, EventScope, Fact, LocalPage, LocalQuery, Store};
use crate::model::SearchDirection::{self, Down, Up};
use crate::model::{
    Arrived, Body, Conversation, ConversationId, ConversationType, Direction, Edit, HistoryPage, JsonText,
    Message, MessageKey, RequestTime, StoredMessage, TxtBody, Unreadable,
};
use futures_util::FutureExt;
use roamkit_wire::conversation::ChatType;
use serde_json::{Value, json};
use std::rc::Rc;

const T0: u64 = 1_700_000_000_000;

/// The result of a call. The database in memory never waits.
fn now<T>(work: impl Future<Output = Result<T, crate::error::Error>>) -> T {
    work.now_or_never().unwrap().unwrap()
}

fn bob() -> ConversationId {
    ConversationId::new(ChatType::Single, "bob")
}

fn time(id: u64) -> u64 {
    T0 + id
}

fn message_with(id: u64, text: &str, ext: Value) -> StoredMessage {
    StoredMessage::from(&Message {
        body: Body::Txt(TxtBody { msg: text.into() }),
        conversation_id: "bob".into(),
        conversation_type: ConversationType::SingleChat,
        direction: Direction::Receive,
        ext: serde_json::from_value(ext).unwrap(),
        from: "bob".into(),
        id: id.to_string(),
        timestamp: time(id),
        to: "alice".into(),
    })
}

fn message(id: u64) -> StoredMessage {
    message_with(id, "hi", json!({}))
}

fn arrived(message: StoredMessage) -> Fact {
    Fact::Message(Arrived { conversation: bob(), message, is_unread: true, is_command: false })
}

/// The time of a request that reflects everything noted so far.
fn now_known() -> RequestTime {
    RequestTime { known_write: u64::MAX, sent_at: time(1_000) }
}

/// The newest page of the history, requested now.
fn page(messages: impl IntoIterator<Item = StoredMessage>, is_last: bool) -> HistoryPage {
    let mut messages: Vec<_> = messages.into_iter().map(|StoredMessage { key, json }| (key, json)).collect();
    messages.sort_by_key(|(key, _)| std::cmp::Reverse(*key));
    HistoryPage {
        messages,
        unreadable: 0,
        anchor: None,
        direction: Up,
        covers: true,
        cursor: None,
        is_last,
        asked_at: now_known(),
    }
}

fn batch(facts: Vec<Fact>) -> Batch {
    let facts = facts.into_iter().map(|fact| (0, fact)).collect();
    Batch { queue: String::new(), position: None, facts, call: None }
}

fn apply(store: &Store, facts: Vec<Fact>) {
    now(store.apply(&batch(facts)));
}

/// Applies facts, and returns the events `messagesChanged` as `[added, updated, removedIds, removedUntil]`.
fn changes(store: &Store, facts: Vec<Fact>) -> Value {
    let events = now(store.apply_with_events(&batch(facts), &[], EventScope::ThisTab)).unwrap().events;
    summaries(&events)
}

fn summaries(events: &str) -> Value {
    let events: Vec<(String, Value)> = serde_json::from_str(events).unwrap();
    let ids = |messages: &Value| -> Value {
        messages.as_array().unwrap().iter().map(|message| message["id"].clone()).collect()
    };
    let summary = |(name, event): (String, Value)| {
        assert_eq!((&*name, &event["conversationType"]), ("messagesChanged", &json!("singleChat")));
        assert_eq!(event["conversationId"], "bob");
        json!([ids(&event["added"]), ids(&event["updated"]), event["removedIds"], event["removedUntil"]])
    };
    events.into_iter().map(summary).collect()
}

fn read(store: &Store, anchor: Option<u64>, direction: SearchDirection) -> LocalPage {
    now(store.page(&bob(), LocalQuery { anchor, direction, size: 50 }))
}

fn ids(page: &LocalPage) -> Vec<u64> {
    page.messages.iter().map(|(key, _)| key.id).collect()
}

fn removed(ids: &[u64], until: Option<u64>) -> Fact {
    Fact::Removed { conversation: bob(), ids: ids.to_vec(), until }
}

fn edited(id: u64, ext: Option<JsonText>) -> Fact {
    let body = JsonText::of(&Body::Txt(TxtBody { msg: "edited".into() }));
    Fact::Edited { conversation: bob(), id, edit: Edit { body, ext } }
}

fn store() -> Store {
    set_clock(time(1_000));
    Store::in_memory()
}

#[test]
fn every_fact_that_changes_messages_has_an_event() {
    let store = store();
    let added = vec![arrived(message(1)), arrived(message(2)), arrived(message(3)), arrived(message(4))];
    assert_eq!(changes(&store, added), json!([[["1", "2", "3", "4"], [], [], null]]));
    assert_eq!(changes(&store, vec![arrived(message(3))]), json!([]), "it is known");
    assert_eq!(changes(&store, vec![edited(2, None)]), json!([[[], ["2"], [], null]]));
    let recalled = Fact::Recalled { conversation: bob(), id: 1 };
    assert_eq!(changes(&store, vec![recalled]), json!([[[], [], ["1"], null]]));
    assert_eq!(changes(&store, vec![removed(&[3, 77], None)]), json!([[[], [], ["3", "77"], null]]));
    let until = removed(&[], Some(time(3)));
    assert_eq!(changes(&store, vec![until]), json!([[[], [], ["2"], time(3)]]));
    let read = Fact::Read { conversation: bob(), id: 4 };
    assert_eq!(changes(&store, vec![read]), json!([]));
    let deleted = Fact::ConversationDeleted { conversation: bob(), with_messages: true, timestamp: 0 };
    assert_eq!(changes(&store, vec![deleted]), json!([[[], [], ["4"], time(4)]]));
    assert_eq!(changes(&store, vec![arrived(message(5))]), json!([[["5"], [], [], null]]));
    assert_eq!(changes(&store, vec![Fact::AllDeleted { timestamp: 0 }]), json!([[[], [], [], time(5)]]));
}

#[test]
fn the_events_of_a_batch_have_its_outcome() {
    let store = store();
    let facts = vec![arrived(message(1)), arrived(message(2)), edited(2, None), removed(&[1], None)];
    let batch = batch(facts);
    let texts = ["", "", "", r#"["messageRemoved",{}]"#].map(str::to_owned);
    let events = now(store.apply_with_events(&batch, &texts, EventScope::AllTabs)).unwrap();
    let events: Vec<(String, Value)> = serde_json::from_str(&events.events).unwrap();
    assert_eq!(events[0].0, "messageRemoved", "the event of the notice comes first");
    assert_eq!((events.len(), &events[1].1["removedIds"]), (2, &json!(["1"])));
    assert_eq!(
        events[1].1["added"],
        json!([{
            "body": {"type": "txt", "msg": "edited"}, "conversationId": "bob", "conversationType": "singleChat",
            "direction": "receive", "ext": {}, "from": "bob", "id": "2", "timestamp": time(2), "to": "alice",
        }])
    );
    assert_eq!(now(store.events_after(0)).len(), 1);
}

#[test]
fn a_page_has_the_event_of_its_difference() {
    let store = store();
    let merge = |page| {
        let merged = now(store.merge_page(&bob(), Rc::new(page), EventScope::AllTabs));
        now(merged.committed);
        merged.result
    };
    let merged = merge(page([message(1), message(3)], true));
    let added: Vec<_> = merged.added.unwrap().added.iter().map(|message| message.key.id).collect();
    assert_eq!((added, merged.events), (vec![1, 3], None));
    let again = merge(page([message(1), message(3)], true));
    assert_eq!((again.added, again.events), (None, None));
    assert_eq!(now(store.events_after(0)), [], "other tabs hear of new messages without the log");
    let other = message_with(3, "other", json!({}));
    let merged = merge(page([message(2), other], true));
    assert_eq!(summaries(&merged.events.unwrap().events), json!([[["2"], ["3"], ["1"], null]]));
    assert_eq!(now(store.events_after(0)).len(), 1);
    let found = now(store.messages(&bob(), vec![3, 1, 2]));
    assert_eq!(found.iter().map(|(key, _)| key.id).collect::<Vec<_>>(), [2, 3]);
}

#[test]
fn a_comparison_that_finds_a_difference_has_an_event() {
    let store = store();
    now(store.save_page(&bob(), &page([message(1), message(2)], true)));
    apply(&store, vec![removed(&[], None)]);
    set_clock(time(2_000));
    let compare = |check: &Check, page| now(store.save_compared_page(check, page, EventScope::AllTabs)).1;
    let Comparison::Page(check) = now(store.next_comparison(false)) else { panic!("nothing is stale") };
    let events = compare(&check, page([message(1), message(3)], true)).unwrap();
    assert_eq!(summaries(&events.events), json!([[["3"], [], ["2"], null]]));
    apply(&store, vec![removed(&[], None)]);
    set_clock(time(3_000));
    let Comparison::Page(check) = now(store.next_comparison(false)) else { panic!("nothing is stale") };
    assert_eq!(compare(&check, page([message(1), message(3)], true)), None);
}

#[test]
fn a_message_that_cannot_be_read_keeps_its_place_and_is_not_shown() {
    let store = store();
    let unreadable = |id| StoredMessage { json: JsonText::unreadable(), ..message(id) };
    now(store.save_page(&bob(), &page([message(1), unreadable(2), message(3)], true)));
    let history = read(&store, None, Up);
    assert_eq!((ids(&history), history.complete, history.is_contiguous), (vec![3, 1], false, true));
    assert_eq!((history.contiguous_count, history.is_last), (2, true), "a walk asks nothing");
    // One that arrives.
    let place =
        |id| Unreadable { conversation: bob(), message: Some(MessageKey { timestamp: time(id), id }) };
    apply(&store, vec![Fact::Unreadable(place(4)), arrived(message(5))]);
    let history = read(&store, None, Up);
    assert_eq!((ids(&history), history.complete, history.contiguous_count), (vec![5, 3, 1], false, 1));
    let visible = now(store
        .save_page(&bob(), &page((1..=5).map(|id| if id == 4 { unreadable(4) } else { message(id) }), true)));
    assert_eq!(visible.unwrap().len(), 4);
    let history = read(&store, None, Up);
    assert_eq!((ids(&history), history.complete, history.contiguous_count), (vec![5, 3, 2, 1], false, 4));
    // It is neither edited nor shown as the last message.
    apply(&store, vec![edited(4, None), removed(&[5], None)]);
    let shown: Conversation = now(store.conversation(&bob())).unwrap().read().unwrap();
    assert_eq!(shown.last_message.unwrap().key.id, 3);
    assert_eq!(ids(&read(&store, None, Up)), [3, 2, 1]);
    // The conversation of an edit that cannot be read is compared with the server.
    let store = store_with_page();
    assert!(read(&store, None, Up).complete);
    apply(&store, vec![Fact::Unreadable(Unreadable { conversation: bob(), message: None })]);
    assert!(!read(&store, None, Up).complete);
}

fn store_with_page() -> Store {
    let store = store();
    now(store.save_page(&bob(), &page((1..=9).map(message), true)));
    store
}

#[test]
fn deep_fields_of_a_sender_stop_nothing() {
    for depth in [60, 126, 127, 128, 500, 5_000] {
        let deep = format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        let ext = JsonText::from(format!(r#"{{"deep":{deep}}}"#).into_bytes());
        let StoredMessage { key, json } = message(2);
        let json = json.as_str().replace(r#""ext":{}"#, &format!(r#""ext":{}"#, ext.as_str()));
        let message_2 = StoredMessage { key, json: JsonText::from(json.into_bytes()) };
        let store = store();
        let first = Conversation { unread_count: 1, ..Conversation::with_message(&bob(), Some(message(1))) };
        now(store.save_conversations(&[first], now_known()));
        let events =
            |fact| now(store.apply_with_events(&batch(vec![fact]), &[], EventScope::ThisTab)).unwrap().events;
        assert!(events(arrived(message_2.clone())).contains(&deep), "{depth}");
        now(store.save_page(&bob(), &page([message(1), message_2.clone()], true)));
        let last = || -> Conversation { now(store.conversation(&bob())).unwrap().read().unwrap() };
        assert_eq!(last().last_message.as_ref(), Some(&message_2));
        assert_eq!(last().unread_count, 2);
        assert!(events(edited(2, Some(ext))).contains(&format!(r#""ext":{{"deep":{deep}}}"#)), "{depth}");
        assert!(last().last_message.unwrap().json.as_str().contains(&deep), "the edit has its fields");
        apply(&store, vec![removed(&[2], None)]);
        assert_eq!((last().last_message.unwrap().key.id, last().unread_count), (1, 1), "{depth}");
        let deleted = Fact::ConversationDeleted { conversation: bob(), with_messages: true, timestamp: 0 };
        apply(&store, vec![arrived(message_2), deleted]);
        assert_eq!(now(store.conversation(&bob())), None);
    }
}

#[test]
fn a_page_after_a_removed_message_begins_at_its_place() {
    let store = store_with_page();
    apply(&store, vec![removed(&[5], None)]);
    for (direction, expected) in [(Up, vec![4, 3, 2, 1]), (Down, vec![6, 7, 8, 9])] {
        let page = read(&store, Some(5), direction);
        assert_eq!((ids(&page), page.complete, page.is_last), (expected, true, true));
    }
    // The messages at the edges, and all around the anchor.
    apply(&store, vec![removed(&[9, 1], None), removed(&[4, 6], None)]);
    assert_eq!(ids(&read(&store, Some(9), Up)), [8, 7, 3, 2]);
    assert_eq!(ids(&read(&store, Some(5), Up)), [3, 2]);
    assert_eq!(ids(&read(&store, Some(4), Down)), [7, 8]);
    let empty = read(&store, Some(1), Up);
    assert_eq!((ids(&empty), empty.complete, empty.is_last), (vec![], true, true));
    assert_eq!(ids(&read(&store, Some(1), Down)), [2, 3, 7, 8]);
    // Other tabs know it, too. A message that was never here has no place.
    assert_eq!(ids(&read(&store.other_tab(2), Some(5), Up)), [3, 2]);
    apply(&store, vec![removed(&[77], None)]);
    let unknown = read(&store, Some(77), Up);
    assert_eq!((ids(&unknown), unknown.complete), (vec![], false));
}

#[test]
fn a_removed_anchor_beside_a_gap_does_not_close_it() {
    let store = store();
    now(store.save_page(&bob(), &page([message(8), message(9)], false)));
    apply(&store, vec![arrived(message(5)), removed(&[8], None)]);
    let page = read(&store, Some(8), Up);
    assert_eq!((ids(&page), page.complete, page.contiguous_count), (vec![5], false, 0));
}

#[test]
fn a_list_does_not_show_what_was_removed_while_it_was_on_its_way() {
    let store = store_with_page();
    let listed = |last: u64| Conversation::with_message(&bob(), Some(message(last)));
    let carol = Conversation::with_message(&ConversationId::new(ChatType::Single, "carol"), None);
    let list = [listed(9), carol.clone()];
    now(store.save_conversations(&list, now_known()));
    assert_eq!(now(store.visible_list(&list, now_known())), list);
    let before = store.request_time();
    set_clock(time(1_010));
    apply(&store, vec![removed(&[9], None)]);
    let shown = now(store.visible_list(&list, before));
    assert_eq!(shown, [listed(8), carol.clone()]);
    // A removal by time that the list reflects hides nothing: the messages may have come later with an old time.
    apply(&store, vec![removed(&[], Some(time(8)))]);
    assert_eq!(now(store.visible_list(&[listed(8)], before))[0].last_message, None);
    assert_eq!(now(store.visible_list(&[listed(8)], store.request_time())), [listed(8)]);
    let deleted = Fact::ConversationDeleted { conversation: bob(), with_messages: false, timestamp: 0 };
    apply(&store, vec![deleted]);
    assert_eq!(now(store.visible_list(&list, before)), [carol]);
}

//! Overtaken pages, and the comparison of stale data with the server.

use super::*;
use roamkit::store::{Call, CallState, Check, Comparison, EventScope};

fn edited(n: u64) -> Fact {
    super::edited(n, &Body::Txt(TxtBody { msg: "better".into() }))
}

fn requested_at(page: HistoryPage, asked_at: RequestTime) -> HistoryPage {
    HistoryPage { asked_at, ..page }
}

#[wasm_bindgen_test]
async fn an_edit_overtakes_a_page_that_was_requested_before() {
    let store = new_store("late-edit");
    let before = store.request_time();
    // The message is unknown here, but the page that brings it is too old.
    apply_local(&store, edited(3)).await;
    assert!(store.save_page(&bob(), &requested_at(up(1..4, None, true), before)).await.unwrap().is_none());
    assert_eq!(read_ids(&store, None, Up).await, (vec![], false, false));
    // A page without the message, or requested later, is merged.
    assert!(store.save_page(&bob(), &requested_at(up(1..3, Some(3), true), before)).await.unwrap().is_some());
    assert!(store.save_page(&bob(), &up(1..4, None, true)).await.unwrap().is_some());
    assert_eq!(read_ids(&store, None, Up).await, (vec![3, 2, 1], true, true));
}

#[wasm_bindgen_test]
async fn the_list_is_compared_after_the_only_known_message_was_removed() {
    let store = new_store("list-alone");
    save_whole_list(&store, &[listed("bob", Some(3))], now()).await;
    apply_local(&store, removed(&[2], None)).await;
    assert!(!list_is_stale(&store).await);
    apply_local(&store, removed(&[3], None)).await;
    assert_eq!(last_id(&store).await, None);
    assert!(list_is_stale(&store).await);
    let asked_at = now();
    store.save_compared_list(&[listed("bob", Some(1))], asked_at).await.unwrap();
    assert_eq!(last_id(&store).await.as_deref(), Some("1"));
    assert!(!list_is_stale(&store).await);

    // If the end of the history is known, no comparison is needed.
    let store = new_store("list-and-history");
    store.save_page(&bob(), &up(1..3, None, true)).await.unwrap();
    save_whole_list(&store, &[listed("bob", Some(2))], now()).await;
    apply_local(&store, removed(&[1, 2], None)).await;
    assert_eq!(last_id(&store).await, None);
    assert!(!list_is_stale(&store).await);
}

#[wasm_bindgen_test]
async fn a_live_message_in_the_range_of_a_late_page_overtakes_it() {
    let store = new_store("late-live");
    let before = store.request_time();
    apply_local(&store, live(&message(2))).await;
    assert!(
        store
            .save_page(&bob(), &requested_at(up([1, 3].into_iter(), None, true), before))
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(read_ids(&store, None, Up).await.0, [2]);
    // A live message beyond the page's end does not.
    apply_local(&store, live(&message(9))).await;
    assert!(store.save_page(&bob(), &requested_at(up(1..4, None, true), before)).await.unwrap().is_some());
    assert_eq!(read_ids(&store, None, Up).await.0, [9, 3, 2, 1]);
}

#[wasm_bindgen_test]
async fn a_deletion_overtakes_pages_and_lists_that_were_requested_before() {
    let store = new_store("late-deletion");
    let before = store.request_time();
    apply_local(&store, deleted(false, 0)).await;
    assert!(store.save_page(&bob(), &requested_at(up(1..4, None, true), before)).await.unwrap().is_none());
    save_whole_list(&store, &[listed("bob", Some(3)), listed("carol", None)], before).await;
    assert_eq!(listed_names(&store).await, ["carol"]);
    apply_local(&store, Fact::AllDeleted { timestamp: 0 }).await;
    let carol = ConversationId::new(ChatType::Single, "carol");
    assert!(store.save_page(&carol, &requested_at(up(1..4, None, true), before)).await.unwrap().is_none());
    save_whole_list(&store, &[listed("dave", Some(3))], before).await;
    assert_eq!(listed_names(&store).await, Vec::<String>::new());
    // A page requested after the deletion is merged.
    assert!(store.save_page(&carol, &up(1..4, None, true)).await.unwrap().is_some());
}

#[wasm_bindgen_test]
async fn a_list_requested_before_a_message_arrived_keeps_its_conversation() {
    let store = new_store("late-list");
    let before = store.request_time();
    store.save_conversations(&[listed("carol", Some(1))], now()).await.unwrap();
    apply_local(&store, live(&message(5))).await;
    save_whole_list(&store, &[], before).await;
    assert_eq!(listed_names(&store).await, ["bob"]);
}

#[wasm_bindgen_test]
async fn a_comparison_finds_a_message_sent_with_an_old_time_after_a_removal() {
    let store = new_store("old-time");
    store.save_page(&bob(), &up(1..11, None, true)).await.unwrap();
    apply_local(&store, removed(&[], Some(time(10)))).await;
    assert!(!apply_local(&store, live(&message(4))).await);
    assert_eq!(read_ids(&store, None, Up).await, (vec![], false, true));
    compare(&store, &[4], 50).await;
    assert_eq!(read_ids(&store, None, Up).await, (vec![4], true, true));
}

async fn list_is_stale(store: &Store) -> bool {
    store.next_comparison(true).await.unwrap() == Comparison::List
}

async fn next_check(store: &Store) -> Option<Check> {
    match store.next_comparison(false).await.unwrap() {
        Comparison::Page(check) => Some(check),
        _ => None,
    }
}

/// Compares until nothing is stale, with a server that has these messages. Returns the number of pages.
async fn compare(store: &Store, server: &[u64], size: usize) -> usize {
    let mut pages = 0;
    while let Some(check) = next_check(store).await {
        pages += 1;
        assert!(pages < 100);
        answer(store, &check, server, size).await;
    }
    pages
}

async fn answer(store: &Store, check: &Check, server: &[u64], size: usize) {
    let older: Vec<u64> =
        server.iter().rev().copied().filter(|id| check.anchor.is_none_or(|anchor| *id < anchor)).collect();
    let page = up(older.iter().take(size).rev().copied(), check.anchor, older.len() <= size);
    store.save_compared_page(check, page, EventScope::Nobody).await.unwrap();
}

#[wasm_bindgen_test]
async fn a_comparison_finds_the_messages_of_a_removal_without_details() {
    let store = new_store("stale");
    store.save_page(&bob(), &up(1..101, None, true)).await.unwrap();
    save_whole_list(&store, &[listed("bob", Some(100))], now()).await;
    assert_eq!(next_check(&store).await, None);
    apply_local(&store, removed(&[], None)).await;
    // Until the comparison, all messages are shown and the page is not complete.
    let (found, complete, _) = read_ids(&store, None, Up).await;
    assert_eq!((found.len(), complete), (50, false));
    let server: Vec<u64> = (1..101).filter(|id| ![100, 99, 40, 1].contains(id)).collect();
    assert_eq!(compare(&store, &server, 50).await, 2);
    let page = read(&store, None, Up, 200).await;
    assert_eq!(ids(&page.messages), server.iter().rev().copied().collect::<Vec<_>>());
    assert!(page.complete && page.is_last);
    assert_eq!(last_id(&store).await.as_deref(), Some("98"));
}

#[wasm_bindgen_test]
async fn only_stored_messages_are_compared() {
    let store = new_store("stale-gaps");
    store.save_page(&bob(), &down(1..31, None, false)).await.unwrap();
    store.save_page(&bob(), &up(971..1001, None, false)).await.unwrap();
    apply_local(&store, removed(&[], None)).await;
    let server: Vec<u64> = (1..1001).filter(|id| ![995, 15].contains(id)).collect();
    // One page for the newest run and one for the oldest, none for the 940 messages between them.
    assert_eq!(compare(&store, &server, 50).await, 2);
    let (found, _, _) = read_ids(&store, Some(16), Up).await;
    assert_eq!(found, (1..15).rev().collect::<Vec<_>>());
    assert!(!read_ids(&store, None, Up).await.0.contains(&995));
}

#[wasm_bindgen_test]
async fn a_comparison_survives_a_restart_and_starts_again_when_the_conversation_is_stale_again() {
    let user = format!("stale-restart-{}", js_sys::Math::random());
    let store = Store::open("org#app", &user, "device");
    store.save_page(&bob(), &up(1..101, None, true)).await.unwrap();
    apply_local(&store, removed(&[], None)).await;
    let server: Vec<u64> = (1..100).collect();
    let first = next_check(&store).await.unwrap();
    answer(&store, &first, &server, 30).await;
    store.close();
    let store = Store::open("org#app", &user, "device");
    let second = next_check(&store).await.unwrap();
    assert_eq!(second.anchor, Some(70));
    apply_local(&store, removed(&[], None)).await;
    answer(&store, &second, &server, 30).await;
    assert_eq!(next_check(&store).await.unwrap().anchor, None);
    assert_eq!(compare(&store, &server, 50).await, 2);
    assert_eq!(read_ids(&store, None, Up).await.0.len(), 50);
    assert!(read_ids(&store, None, Up).await.1);
}

#[wasm_bindgen_test]
async fn a_call_without_a_response_makes_the_conversation_stale() {
    let user = format!("stale-call-{}", js_sys::Math::random());
    let store = Store::open("org#app", &user, "device");
    store.save_page(&bob(), &up(1..11, None, true)).await.unwrap();
    let kept = (((1..11).rev().collect::<Vec<_>>()), true, true);
    // While the call is in progress, and if it failed, nothing changes.
    let call = store.begin_call(Some(&bob()), false).await.unwrap();
    assert_eq!((read_ids(&store, None, Up).await, next_check(&store).await), (kept.clone(), None));
    store.set_call_state(&call, CallState::Settled).await.unwrap();
    // The call succeeds.
    let call = store.begin_call(Some(&bob()), false).await.unwrap();
    let facts = vec![(0, removed(&[10], None))];
    let call = Some(Call { name: call, completed_at: None });
    let batch = Batch { queue: String::new(), position: None, facts, call };
    assert_eq!(store.apply(&batch).await.unwrap(), [true]);
    assert_eq!(read_ids(&store, None, Up).await, ((1..10).rev().collect(), true, true));
    // The tab dies before the response arrives.
    store.begin_call(Some(&bob()), false).await.unwrap();
    store.close();
    let store = Store::open("org#app", &user, "device");
    assert!(!read_ids(&store, None, Up).await.1);
    let server: Vec<u64> = (1..9).collect();
    answer(&store, &next_check(&store).await.unwrap(), &server, 50).await;
    assert_eq!(read_ids(&store, None, Up).await.0, (1..9).rev().collect::<Vec<_>>());
    // A lost response has the same effect. A call about all conversations makes each known one stale.
    for whole in [false, true] {
        let call = store.begin_call(Some(&bob()).filter(|_| !whole), false).await.unwrap();
        store.set_call_state(&call, CallState::Unknown).await.unwrap();
        assert!(!read_ids(&store, None, Up).await.1);
        assert_eq!(next_check(&store).await.unwrap().conversation, bob());
    }
}

#[wasm_bindgen_test]
async fn tombstones_stay_while_a_page_may_be_on_its_way() {
    let store = new_store("sweep");
    store.save_page(&bob(), &up(1..11, None, true)).await.unwrap();
    let before = store.request_time();
    apply_local(&store, removed(&[5], Some(time(2)))).await;
    // A page may still arrive. The model test moves the clock until none can.
    store.sweep().await.unwrap();
    store.save_page(&bob(), &requested_at(up(1..11, None, true), before)).await.unwrap();
    assert_eq!(read_ids(&store, None, Up).await.0, [10, 9, 8, 7, 6, 4]);
    // A page that is so old that tombstones may be gone is not merged.
    let old = RequestTime { sent_at: before.sent_at - roamkit::store::MAX_RESPONSE_AGE_MS, ..before };
    assert!(store.save_page(&bob(), &requested_at(up(1..11, None, true), old)).await.unwrap().is_none());
}

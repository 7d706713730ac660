//! What a page may not know that was on its way, and what is compared with the server.

use super::*;
use roamkit::store::{Call, CallState, Check, Comparison};

fn edited(n: u64) -> Fact {
    super::edited(n, &Body::Txt(TxtBody { msg: "better".into() }))
}

fn asked(page: HistoryPage, asked_at: u64) -> HistoryPage {
    HistoryPage { asked_at, ..page }
}

#[wasm_bindgen_test]
async fn a_page_that_an_edit_overtook_is_asked_for_again() {
    let store = fresh("late-edit");
    let before = now() - 1;
    // Nobody knows the message here yet: still the page that brings it is too old.
    here(&store, edited(3)).await;
    assert!(store.save_page(&bob(), &asked(up(1..4, None, true), before)).await.unwrap().is_none());
    assert_eq!(seen(&store, None, Up).await, (vec![], false, false));
    // A page without it is not concerned, nor one that was asked for later.
    assert!(store.save_page(&bob(), &asked(up(1..3, Some(3), true), before)).await.unwrap().is_some());
    assert!(store.save_page(&bob(), &up(1..4, None, true)).await.unwrap().is_some());
    assert_eq!(seen(&store, None, Up).await, (vec![3, 2, 1], true, true));
}

#[wasm_bindgen_test]
async fn a_list_that_lost_the_only_message_it_knew_is_compared() {
    let store = fresh("list-alone");
    store.save_conversations(&[listed("bob", Some(3))], true, now()).await.unwrap();
    here(&store, removed(&[2], None)).await;
    assert!(!list_is_doubted(&store).await);
    here(&store, removed(&[3], None)).await;
    assert_eq!(last_id(&store).await, None);
    assert!(list_is_doubted(&store).await);
    let asked_at = now();
    store.save_compared_list(&[listed("bob", Some(1))], asked_at).await.unwrap();
    assert_eq!(last_id(&store).await.as_deref(), Some("1"));
    assert!(!list_is_doubted(&store).await);

    // Where the history is known to its end, it tells.
    let store = fresh("list-and-history");
    store.save_page(&bob(), &up(1..3, None, true)).await.unwrap();
    store.save_conversations(&[listed("bob", Some(2))], true, now()).await.unwrap();
    here(&store, removed(&[1, 2], None)).await;
    assert_eq!(last_id(&store).await, None);
    assert!(!list_is_doubted(&store).await);
}

#[wasm_bindgen_test]
async fn a_live_message_inside_a_late_pages_range_is_not_lost() {
    let store = fresh("late-live");
    let before = now() - 1;
    here(&store, live(&message(2))).await;
    assert!(
        store.save_page(&bob(), &asked(up([1, 3].into_iter(), None, true), before)).await.unwrap().is_none()
    );
    assert_eq!(seen(&store, None, Up).await.0, [2]);
    // One beyond the page's end was simply sent later.
    here(&store, live(&message(9))).await;
    assert!(store.save_page(&bob(), &asked(up(1..4, None, true), before)).await.unwrap().is_some());
    assert_eq!(seen(&store, None, Up).await.0, [9, 3, 2, 1]);
}

#[wasm_bindgen_test]
async fn what_was_on_its_way_when_a_conversation_was_deleted_does_not_count() {
    let store = fresh("late-deletion");
    let before = now() - 1;
    here(&store, deleted(false, 0)).await;
    assert!(store.save_page(&bob(), &asked(up(1..4, None, true), before)).await.unwrap().is_none());
    store.save_conversations(&[listed("bob", Some(3)), listed("carol", None)], true, before).await.unwrap();
    assert_eq!(names(&store).await, ["carol"]);
    here(&store, Fact::AllDeleted { timestamp: 0 }).await;
    let carol = ConversationId::new(ChatType::Single, "carol");
    assert!(store.save_page(&carol, &asked(up(1..4, None, true), before)).await.unwrap().is_none());
    store.save_conversations(&[listed("dave", Some(3))], true, before).await.unwrap();
    assert_eq!(names(&store).await, Vec::<String>::new());
    // What is asked for now knows of it.
    assert!(store.save_page(&carol, &up(1..4, None, true)).await.unwrap().is_some());
}

#[wasm_bindgen_test]
async fn a_list_that_is_older_than_a_message_leaves_its_conversation() {
    let store = fresh("late-list");
    let before = now() - 1;
    store.save_conversations(&[listed("carol", Some(1))], false, now()).await.unwrap();
    here(&store, live(&message(5))).await;
    store.save_conversations(&[], true, before).await.unwrap();
    assert_eq!(names(&store).await, ["bob"]);
}

#[wasm_bindgen_test]
async fn what_is_sent_under_an_old_time_after_a_removal_is_found_by_comparing() {
    let store = fresh("old-time");
    store.save_page(&bob(), &up(1..11, None, true)).await.unwrap();
    here(&store, removed(&[], Some(time(10)))).await;
    assert!(!here(&store, live(&message(4))).await);
    assert_eq!(seen(&store, None, Up).await, (vec![], false, true));
    compare(&store, &[4], 50).await;
    assert_eq!(seen(&store, None, Up).await, (vec![4], true, true));
}

async fn list_is_doubted(store: &Store) -> bool {
    store.comparison(true).await.unwrap() == Comparison::List
}

async fn next_check(store: &Store) -> Option<Check> {
    match store.comparison(false).await.unwrap() {
        Comparison::Page(check) => Some(check),
        _ => None,
    }
}

/// Compares until nothing is doubted; answers from what the server has. How many pages it took.
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
    store.save_compared(check, page).await.unwrap();
}

#[wasm_bindgen_test]
async fn a_removal_that_does_not_say_what_is_found_out_by_comparing() {
    let store = fresh("doubt");
    store.save_page(&bob(), &up(1..101, None, true)).await.unwrap();
    store.save_conversations(&[listed("bob", Some(100))], true, now()).await.unwrap();
    assert_eq!(next_check(&store).await, None);
    here(&store, removed(&[], None)).await;
    // Nothing is lost meanwhile, and nothing is claimed.
    let (found, complete, _) = seen(&store, None, Up).await;
    assert_eq!((found.len(), complete), (50, false));
    let server: Vec<u64> = (1..101).filter(|id| ![100, 99, 40, 1].contains(id)).collect();
    assert_eq!(compare(&store, &server, 50).await, 2);
    let page = read(&store, None, Up, 200).await;
    assert_eq!(ids(&page.messages), server.iter().rev().copied().collect::<Vec<_>>());
    assert!(page.complete && page.is_last);
    assert_eq!(last_id(&store).await.as_deref(), Some("98"));
}

#[wasm_bindgen_test]
async fn only_what_is_kept_is_compared() {
    let store = fresh("doubt-gaps");
    store.save_page(&bob(), &down(1..31, None, false)).await.unwrap();
    store.save_page(&bob(), &up(971..1001, None, false)).await.unwrap();
    here(&store, removed(&[], None)).await;
    let server: Vec<u64> = (1..1001).filter(|id| ![995, 15].contains(id)).collect();
    // The newest run in one page, the oldest in another; not the 940 messages between them.
    assert_eq!(compare(&store, &server, 50).await, 2);
    let (found, _, _) = seen(&store, Some(16), Up).await;
    assert_eq!(found, (1..15).rev().collect::<Vec<_>>());
    assert!(!seen(&store, None, Up).await.0.contains(&995));
}

#[wasm_bindgen_test]
async fn a_doubt_outlives_the_page_and_begins_anew_when_another_comes() {
    let user = format!("doubt-restart-{}", js_sys::Math::random());
    let store = Store::open("org#app", &user, "device");
    store.save_page(&bob(), &up(1..101, None, true)).await.unwrap();
    here(&store, removed(&[], None)).await;
    let server: Vec<u64> = (1..100).collect();
    let first = next_check(&store).await.unwrap();
    answer(&store, &first, &server, 30).await;
    store.close();
    let store = Store::open("org#app", &user, "device");
    let second = next_check(&store).await.unwrap();
    assert_eq!(second.anchor, Some(70));
    let noted = now();
    while now() <= noted + 1 {
        turns(&store, 1).await;
    }
    here(&store, removed(&[], None)).await;
    answer(&store, &second, &server, 30).await;
    assert_eq!(next_check(&store).await.unwrap().anchor, None);
    assert_eq!(compare(&store, &server, 50).await, 2);
    assert_eq!(seen(&store, None, Up).await.0.len(), 50);
    assert!(seen(&store, None, Up).await.1);
}

#[wasm_bindgen_test]
async fn a_call_whose_answer_nobody_heard_is_a_doubt() {
    let user = format!("doubt-call-{}", js_sys::Math::random());
    let store = Store::open("org#app", &user, "device");
    store.save_page(&bob(), &up(1..11, None, true)).await.unwrap();
    let kept = (((1..11).rev().collect::<Vec<_>>()), true, true);
    // While it is under way, and where it came to nothing, all is as before.
    let call = store.begin_call(Some(&bob()), false).await.unwrap();
    assert_eq!((seen(&store, None, Up).await, next_check(&store).await), (kept.clone(), None));
    store.note_call(&call, CallState::Settled).await.unwrap();
    // Where it did something, too.
    let call = store.begin_call(Some(&bob()), false).await.unwrap();
    let facts = vec![(0, removed(&[10], None))];
    let call = Some(Call { name: call, completed_at: None });
    let batch = Batch { queue: String::new(), position: None, facts, call };
    assert_eq!(store.apply(&batch).await.unwrap(), [true]);
    assert_eq!(seen(&store, None, Up).await, ((1..10).rev().collect(), true, true));
    // The page dies before the answer is there.
    store.begin_call(Some(&bob()), false).await.unwrap();
    store.close();
    let store = Store::open("org#app", &user, "device");
    assert!(!seen(&store, None, Up).await.1);
    let server: Vec<u64> = (1..9).collect();
    answer(&store, &next_check(&store).await.unwrap(), &server, 50).await;
    assert_eq!(seen(&store, None, Up).await.0, (1..9).rev().collect::<Vec<_>>());
    // A lost answer in this page: the same; of all conversations: of each that is known.
    for whole in [false, true] {
        let call = store.begin_call(Some(&bob()).filter(|_| !whole), false).await.unwrap();
        store.note_call(&call, CallState::Unknown).await.unwrap();
        assert!(!seen(&store, None, Up).await.1);
        assert_eq!(next_check(&store).await.unwrap().conversation, bob());
    }
}

#[wasm_bindgen_test]
async fn marks_of_removals_stay_while_something_may_be_on_its_way() {
    let store = fresh("sweep");
    store.save_page(&bob(), &up(1..11, None, true)).await.unwrap();
    let before = now() - 1;
    here(&store, removed(&[5], Some(time(2)))).await;
    // Caught up, but a page may still come: the model test moves the clock on until it cannot.
    store.sweep().await.unwrap();
    store.save_page(&bob(), &asked(up(1..11, None, true), before)).await.unwrap();
    assert_eq!(seen(&store, None, Up).await.0, [10, 9, 8, 7, 6, 4]);
    // A page so old that marks may be gone does not count.
    let old = before - roamkit::store::MAX_RESPONSE_AGE_MS;
    assert!(store.save_page(&bob(), &asked(up(1..11, None, true), old)).await.unwrap().is_none());
}

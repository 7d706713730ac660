//! When the device was last up to date.
//!
//! A service keeps messages and notices for an absent device for some days only, and does not tell what it dropped. The
//! local copy of a device that was away longer is stale as a whole, including the conversation list. The time is stored in
//! the table of the queues, under a key that no queue has, as the position. It is a time of the wall clock, since the device may
//! have been off. A clock that was set makes the copy stale once too often at worst, if it is not wrong by days for long.

use super::super::db::{Key, Result};
use super::super::records::{ALL_CONVERSATIONS, Queue};
use super::super::unit_of_work::UnitOfWork;
use super::reconciliation::{mark_list_stale, mark_stale};

/// A device that was away for longer may have missed something. The hosted service keeps messages for 7 days by default;
/// `roamkit-server` for 30, unless configured otherwise.
pub const ABSENCE_MS: u64 = 7 * DAY_MS;
const DAY_MS: u64 = 86_400_000;
/// The interval at which the time is stored, in milliseconds.
pub const NOTE_MS: u64 = 600_000;

const LAST_SEEN: &str = "";

/// Records that the device is online, and with `is_caught_up` that its queues are empty. Returns true if the device was
/// away for too long; everything is then marked stale.
pub fn record_presence(work: &mut UnitOfWork<'_>, is_caught_up: bool) -> Result<bool> {
    let key = Key::from(LAST_SEEN);
    let last_seen = work.tx.get::<Queue>(&key)?.and_then(|queue| queue.position);
    // A time far in the future was stored under a wrong clock, and proves nothing either.
    let away = last_seen.map(|last_seen| work.wall_time.abs_diff(last_seen));
    let was_absent = away.is_some_and(|away| away > ABSENCE_MS);
    if was_absent {
        mark_stale(work, ALL_CONVERSATIONS);
        mark_list_stale(work);
    }
    // A session that only begins is not up to date. If it counted, a device that never catches up would never be absent.
    if was_absent || away.is_none_or(|away| is_caught_up && away >= NOTE_MS) {
        work.tx.put(&key, &Queue { position: Some(work.wall_time), seen: Vec::new() });
    }
    Ok(was_absent)
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
mod tests {
    use super::super::super::clock::set_clock;
    use super::*;
    use crate::error::Error;
    use crate::model::{
        Arrived, Conversation, ConversationId, HistoryPage, MessageKey, RequestTime, SearchDirection,
        StoredMessage,
    };
    use crate::sorted_set::SortedSet;
    use crate::store::{Batch, Call, Comparison, EventScope, Fact, Store};
    use futures_util::FutureExt;
    use roamkit_wire::conversation::ChatType;

    const T0: u64 = 1_700_000_000_000;
    const NOTHING: Comparison = Comparison::Nothing { is_stale: false };

    fn now<T>(work: impl Future<Output = Result<T, Error>>) -> T {
        work.now_or_never().unwrap().unwrap()
    }

    fn next(store: &Store) -> Comparison {
        now(store.next_comparison(true))
    }

    /// The page of an empty history.
    fn empty_page(asked_at: RequestTime) -> HistoryPage {
        HistoryPage {
            unreadable: 0,
            cursor: None,
            messages: Vec::new(),
            anchor: None,
            direction: SearchDirection::Up,
            covers: true,
            is_last: true,
            asked_at,
        }
    }

    /// A copy with one conversation that was up to date at `T0`.
    fn up_to_date_copy() -> (Store, ConversationId) {
        set_clock(T0);
        let store = Store::in_memory();
        assert!(!now(store.record_presence(false)));
        let bob = ConversationId::new(ChatType::Single, "bob");
        assert!(now(store.save_page(&bob, &empty_page(store.request_time()))).is_some());
        let listed = Conversation::with_message(&bob, None);
        now(store.save_conversations(&[listed], store.request_time()));
        assert!(!now(store.record_presence(true)));
        (store, bob)
    }

    #[test]
    fn after_a_week_of_absence_everything_is_stale_until_it_was_compared() {
        let (store, bob) = up_to_date_copy();
        set_clock(T0 + ABSENCE_MS);
        assert!(!now(store.record_presence(false)));
        assert_eq!(next(&store), NOTHING);
        set_clock(T0 + ABSENCE_MS + 1);
        assert!(now(store.record_presence(false)));
        assert_eq!(next(&store), Comparison::List);
        let listed = Conversation::with_message(&bob, None);
        now(store.save_compared_list(&[listed], store.request_time()));
        let Comparison::Page(check) = next(&store) else { panic!("there is no page to compare") };
        assert_eq!((&check.conversation, check.anchor), (&bob, None));
        // The absence is handled once.
        assert!(!now(store.record_presence(true)));
        now(store.save_compared_page(&check, empty_page(store.request_time()), EventScope::Nobody));
        assert_eq!(next(&store), NOTHING);
    }

    #[test]
    fn a_device_that_is_online_every_day_is_never_stale() {
        let (store, _) = up_to_date_copy();
        for day in 1..60 {
            set_clock(T0 + day * DAY_MS);
            assert!(!now(store.record_presence(false)) && !now(store.record_presence(true)));
        }
        assert_eq!(next(&store), NOTHING);
    }

    #[test]
    fn a_session_that_never_catches_up_does_not_count_as_presence() {
        let (store, _) = up_to_date_copy();
        for day in 1..=7 {
            set_clock(T0 + day * DAY_MS);
            assert!(!now(store.record_presence(false)));
        }
        set_clock(T0 + 8 * DAY_MS);
        assert!(now(store.record_presence(false)));
    }

    #[test]
    fn a_time_far_in_the_future_counts_as_absence() {
        let (store, _) = up_to_date_copy();
        set_clock(T0 - 300 * DAY_MS);
        assert!(now(store.record_presence(false)));
        assert!(!now(store.record_presence(false)));
    }

    #[test]
    fn a_list_requested_before_a_deletion_keeps_a_conversation_that_came_back() {
        let (store, bob) = up_to_date_copy();
        let apply = |fact, call| {
            let batch = Batch { queue: String::new(), position: None, facts: vec![(0, fact)], call };
            now(store.apply(&batch));
        };
        // The server deletes the conversation; a newer message arrives; the list is requested; the response to the
        // deletion arrives.
        let call = Call { name: now(store.begin_call(Some(&bob), true)), completed_at: Some(T0 + 1) };
        set_clock(T0 + 10);
        let key = MessageKey { timestamp: T0 + 5, id: 7 };
        let text = format!(r#"{{"id":"7","timestamp":{}}}"#, key.timestamp).into_bytes();
        let message = StoredMessage { key, json: text.into() };
        let arrived = Arrived {
            conversation: bob.clone(),
            message: message.clone(),
            is_unread: true,
            is_command: false,
        };
        apply(Fact::Message(arrived), None);
        set_clock(T0 + 20);
        let requested_at = store.request_time();
        set_clock(T0 + 30);
        let deleted =
            Fact::ConversationDeleted { conversation: bob.clone(), with_messages: false, timestamp: 0 };
        apply(deleted, Some(call));
        now(store.save_conversations(&[Conversation::with_message(&bob, Some(message))], requested_at));
        assert!(now(store.conversation(&bob)).is_some());
        // A list without the conversation removes it.
        now(store.drop_unlisted(&SortedSet::default(), requested_at));
        assert!(now(store.conversation(&bob)).is_none());
    }
}

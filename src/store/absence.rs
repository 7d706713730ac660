//! When the device was last up to date. A service keeps what waits for a device for some days only, and tells nobody
//! what it dropped: a device that was away longer cannot trust its copy, and everything in it is doubted, the
//! conversation list too. Table `queues`, key `""`, which no queue has; the time stands where a queue has its position.

use super::db::{Key, Result};
use super::handle::Store;
use super::positions::Queue;
use super::removals::EVERYWHERE;
use super::work::Work;

/// A device that was away for longer may have missed something. The hosted service keeps what waits for 7 days by
/// default; `roamkit-server` for 30, unless its settings say otherwise.
pub const ABSENCE_MS: u64 = 7 * DAY_MS;
const DAY_MS: u64 = 86_400_000;
/// The time is noted so often: it need not be more exact than that.
pub const NOTE_MS: u64 = 600_000;

const CAUGHT_UP: &str = "";

impl Store {
    /// To be called when a session is up, and when nothing is left in the device's queues. Tells whether the device
    /// was away for too long: then everything is doubted.
    pub async fn present(&self, caught_up: bool) -> Result<bool, crate::error::Error> {
        let mut absent = false;
        let present = |work: &mut Work<'_>| {
            absent = work.present(caught_up)?;
            Ok(())
        };
        self.write(present).await?;
        Ok(absent)
    }
}

impl Work<'_> {
    fn present(&mut self, caught_up: bool) -> Result<bool> {
        let key = Key::from(CAUGHT_UP);
        let before = self.tx.get::<Queue>(&key)?.and_then(|queue| queue.position);
        // A time that is far ahead was noted under a clock that was wrong, and tells nothing either.
        let away = before.map(|before| self.now.abs_diff(before));
        let absent = away.is_some_and(|away| away > ABSENCE_MS);
        if absent {
            self.doubt(EVERYWHERE);
            self.doubt_list();
        }
        // A session that only comes up is not up to date: else a device that never gets further would notice nothing.
        if absent || away.is_none_or(|away| caught_up && away >= NOTE_MS) {
            self.tx.put(&key, &Queue { position: Some(self.now), seen: Vec::new() });
        }
        Ok(absent)
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
mod tests {
    use super::super::handle::set_clock;
    use super::*;
    use crate::model::ConversationId;
    use crate::model::{HistoryPage, SearchDirection};
    use crate::store::Comparison;
    use futures_util::FutureExt;
    use roamkit_wire::conversation::ChatType;

    const T0: u64 = 1_700_000_000_000;
    const NOTHING: Comparison = Comparison::Nothing { doubted: false };

    fn now<T>(work: impl Future<Output = Result<T, crate::error::Error>>) -> T {
        work.now_or_never().unwrap().unwrap()
    }

    fn next(store: &Store) -> Comparison {
        now(store.comparison(true))
    }

    /// A copy that knows a conversation, and was up to date at `T0`.
    fn kept() -> (Store, ConversationId) {
        set_clock(T0);
        let store = Store::in_memory();
        assert!(!now(store.present(false)));
        let bob = ConversationId::new(ChatType::Single, "bob");
        let page = HistoryPage {
            unreadable: 0,
            cursor: None,
            messages: Vec::new(),
            anchor: None,
            direction: SearchDirection::Up,
            covers: true,
            is_last: true,
            asked_at: T0,
        };
        assert!(now(store.save_page(&bob, &page)).is_some());
        let listed = crate::model::Conversation::with_message(&bob, None);
        now(store.save_conversations(&[listed], false, T0));
        assert!(!now(store.present(true)));
        (store, bob)
    }

    #[test]
    fn a_device_that_was_away_for_a_week_doubts_everything_until_it_was_compared() {
        let (store, bob) = kept();
        set_clock(T0 + ABSENCE_MS);
        assert!(!now(store.present(false)));
        assert_eq!(next(&store), NOTHING);
        set_clock(T0 + ABSENCE_MS + 1);
        assert!(now(store.present(false)));
        assert_eq!(next(&store), Comparison::List);
        let listed = crate::model::Conversation::with_message(&bob, None);
        now(store.save_compared_list(&[listed], T0 + ABSENCE_MS + 1));
        let Comparison::Page(check) = next(&store) else { panic!("no page is to be compared") };
        assert_eq!((&check.conversation, check.anchor), (&bob, None));
        // It noticed, and does not begin anew.
        assert!(!now(store.present(true)));
        let page = HistoryPage {
            unreadable: 0,
            cursor: None,
            messages: Vec::new(),
            anchor: None,
            direction: SearchDirection::Up,
            covers: true,
            is_last: true,
            asked_at: T0 + ABSENCE_MS + 1,
        };
        now(store.save_compared(&check, page));
        assert_eq!(next(&store), NOTHING);
    }

    #[test]
    fn a_device_that_is_there_each_day_doubts_nothing() {
        let (store, _) = kept();
        for day in 1..60 {
            set_clock(T0 + day * DAY_MS);
            assert!(!now(store.present(false)) && !now(store.present(true)));
        }
        assert_eq!(next(&store), NOTHING);
    }

    #[test]
    fn a_session_that_never_catches_up_does_not_count() {
        let (store, _) = kept();
        for day in 1..=7 {
            set_clock(T0 + day * DAY_MS);
            assert!(!now(store.present(false)));
        }
        set_clock(T0 + 8 * DAY_MS);
        assert!(now(store.present(false)));
    }

    #[test]
    fn a_clock_that_was_far_ahead_is_no_excuse() {
        let (store, _) = kept();
        set_clock(T0 - 300 * DAY_MS);
        assert!(now(store.present(false)));
        assert!(!now(store.present(false)));
    }

    #[test]
    fn a_list_on_its_way_takes_away_nothing_that_came_back_before_it() {
        use crate::model::{Arrived, Conversation, MessageKey, StoredMessage};
        use crate::store::{Batch, Call, Fact};
        let (store, bob) = kept();
        let apply = |fact, call| {
            let batch = Batch { queue: String::new(), position: None, facts: vec![(0, fact)], call };
            now(store.apply(&batch));
        };
        // Deleted there at once; meanwhile a newer message came, and the list was asked for; then the answer is here.
        let call = Call { name: now(store.begin_call(Some(&bob), true)), done_by: Some(T0 + 1) };
        set_clock(T0 + 10);
        let key = MessageKey { timestamp: T0 + 5, id: 7 };
        let text = format!(r#"{{"id":"7","timestamp":{}}}"#, key.timestamp).into_bytes();
        let message = StoredMessage { key, text: text.into() };
        let arrived = Arrived { conversation: bob.clone(), message: message.clone(), is_unread: true };
        apply(Fact::Message(arrived), None);
        let asked_at = T0 + 20;
        set_clock(T0 + 30);
        let deleted =
            Fact::ConversationDeleted { conversation: bob.clone(), with_messages: false, timestamp: 0 };
        apply(deleted, Some(call));
        now(store.save_conversations(&[Conversation::with_message(&bob, Some(message))], true, asked_at));
        assert!(now(store.conversation(&bob)).is_some());
        // One without it does.
        now(store.save_conversations(&[], true, asked_at));
        assert!(now(store.conversation(&bob)).is_none());
    }
}

//! The event log: the events that the tab with the session emits, for the other tabs.
//!
//! A batch is written in the transaction that makes it true, so the other tabs learn of it even if this tab dies before
//! it can send a message. The key of a batch is its number; the empty key holds the [`EventLog`], the list of numbers.
//! A number is the local time, or one more than the number before, so numbers increase even after a wipe.

use super::super::db::{Key, Result, Table, Transaction};
use super::super::facts::EventScope;
use super::super::records::{EventBatch, EventLog};
use super::super::unit_of_work::UnitOfWork;
use crate::model::MessagesChangedEvent;
use std::borrow::Borrow;

/// The number of batches in the log. A tab that missed more reloads everything.
const MAX_BATCHES: usize = 100;
/// A larger batch, in bytes, leaves room for fewer batches.
const LARGE_BATCH: usize = 64 * 1024;

fn batch_key(number: u64) -> Key {
    Key::Name(format!("{number:020}"))
}

fn load_log(tx: &Transaction) -> Result<EventLog> {
    Ok(tx.get(&Key::from(""))?.unwrap_or_default())
}

/// The number of the last batch; 0 if there is none.
pub fn last_number(tx: &Transaction) -> Result<u64> {
    Ok(load_log(tx)?.numbers.last().copied().unwrap_or(0))
}

/// The batches after that number.
pub fn batches_after(tx: &Transaction, number: u64) -> Result<Vec<EventBatch>> {
    let numbers = load_log(tx)?.numbers.into_iter().filter(|own| *own > number);
    tx.get_existing(&numbers.map(batch_key).collect::<Vec<_>>())
}

/// The batch of these events, each a JSON text. It is appended to the log if all tabs need it.
pub fn batch_events<T: Borrow<str>>(
    work: &UnitOfWork<'_>,
    texts: &[T],
    scope: EventScope,
) -> Result<EventBatch> {
    let events = format!("[{}]", texts.join(","));
    if scope == EventScope::AllTabs {
        append_events(work, events)
    } else {
        Ok(EventBatch { number: 0, prev: 0, events })
    }
}

/// The batch of the events `messagesChanged` of this unit of work; `None` if no messages changed, or nobody wants to know.
pub fn batch_changes(work: &mut UnitOfWork<'_>, scope: EventScope) -> Result<Option<EventBatch>> {
    let texts: Vec<_> = work.take_changes()?.iter().map(MessagesChangedEvent::text).collect();
    if texts.is_empty() { Ok(None) } else { batch_events(work, &texts, scope).map(Some) }
}

/// Appends a batch of events, a JSON list.
fn append_events(work: &UnitOfWork<'_>, events: String) -> Result<EventBatch> {
    let mut log = load_log(work.tx)?;
    let prev = log.numbers.last().copied().unwrap_or(0);
    let batch = EventBatch { number: work.now.max(prev + 1), prev, events };
    let limit = if batch.events.len() > LARGE_BATCH { MAX_BATCHES / 4 } else { MAX_BATCHES };
    let excess = (log.numbers.len() + 1).saturating_sub(limit);
    drop_oldest(work.tx, &mut log, excess);
    log.numbers.push(batch.number);
    work.tx.put(&batch_key(batch.number), &batch);
    work.tx.put(&Key::from(""), &log);
    Ok(batch)
}

/// Drops batches older than that time, except the last one, whose number is still needed.
pub fn drop_before(work: &UnitOfWork<'_>, time: u64) -> Result<()> {
    let mut log = load_log(work.tx)?;
    let old = log.numbers.iter().take_while(|number| **number < time).count();
    let old = old.min(log.numbers.len().saturating_sub(1));
    if old > 0 {
        drop_oldest(work.tx, &mut log, old);
        work.tx.put(&Key::from(""), &log);
    }
    Ok(())
}

fn drop_oldest(tx: &Transaction, log: &mut EventLog, count: usize) {
    for number in log.numbers.drain(..count) {
        tx.delete(Table::EventLog, &batch_key(number));
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use super::super::super::clock::set_clock;
    use super::super::super::{Batch, Fact, Store};
    use super::super::tombstones::MAX_RESPONSE_AGE_MS;
    use super::*;
    use futures_util::FutureExt;

    fn now<T>(work: impl Future<Output = T>) -> T {
        work.now_or_never().unwrap()
    }

    fn batch(ids: &[u64]) -> Batch {
        let facts = ids.iter().map(|id| (*id, Fact::Unstored)).collect();
        Batch { queue: "bob".into(), position: None, facts, call: None }
    }

    fn append(store: &Store, ids: &[u64]) -> Option<EventBatch> {
        let texts: Vec<_> = ids.iter().map(|id| format!("[{id}]")).collect();
        now(store.apply_with_events(&batch(ids), &texts, EventScope::AllTabs)).unwrap()
    }

    #[test]
    fn new_events_are_numbered_and_can_be_read() {
        set_clock(1_000);
        let store = Store::in_memory();
        assert_eq!(now(store.last_event_number()).unwrap(), 0);
        let first = append(&store, &[1, 2]).unwrap();
        assert_eq!(first, EventBatch { number: 1_000, prev: 0, events: "[[1],[2]]".into() });
        assert_eq!(append(&store, &[2, 1]), None, "a repetition adds no events");
        let second = append(&store, &[2, 3]).unwrap();
        assert_eq!(second, EventBatch { number: 1_001, prev: 1_000, events: "[[3]]".into() });
        assert_eq!(now(store.last_event_number()).unwrap(), 1_001);
        assert_eq!(now(store.events_after(0)).unwrap(), [first, second.clone()]);
        assert_eq!(now(store.events_after(1_000)).unwrap(), [second]);
        assert_eq!(now(store.events_after(1_001)).unwrap(), []);
        // A fact that changes the copy without an event of its own.
        let texts = [String::new()];
        assert_eq!(
            now(store.apply_with_events(&batch(&[9]), &texts, EventScope::AllTabs)).unwrap().unwrap().events,
            "[]"
        );
    }

    #[test]
    fn the_log_has_a_limit() {
        set_clock(1_000);
        let store = Store::in_memory();
        for id in 1..=MAX_BATCHES as u64 * 2 {
            append(&store, &[id]);
        }
        let left = now(store.events_after(0)).unwrap();
        assert_eq!((left.len(), left[MAX_BATCHES - 1].number), (MAX_BATCHES, 999 + 2 * MAX_BATCHES as u64));
        now(store.sweep()).unwrap();
        assert_eq!(now(store.events_after(0)).unwrap().len(), MAX_BATCHES, "they may be needed");
        set_clock(5_000 + MAX_RESPONSE_AGE_MS);
        now(store.sweep()).unwrap();
        assert_eq!(now(store.events_after(0)).unwrap(), left[MAX_BATCHES - 1..]);
        assert_eq!(append(&store, &[1_000_000]).unwrap().prev, left[MAX_BATCHES - 1].number);
    }
}

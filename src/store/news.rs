//! The log of news: what the tab that has the session is about to tell the others, written in the very transaction
//! that makes it true. A tab that dies before it could say it has told it nonetheless. Table `news`, key: the number, or
//! `""` for the numbers that are there.
//!
//! Numbers rise, also over a copy that was wiped: each is the time, or one more than the last.

use super::db::{Key, Record, Result, Table, Transaction};
use super::removals::PATIENCE_MS;
use super::work::Work;

/// So many batches stay in the log. Who missed more was asleep for long.
const KEPT: usize = 100;
/// So many bytes, roughly, when all are large.
const LARGE: usize = 64 * 1024;

/// What one batch brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventBatch {
    /// Rises; 0 where it is in no log.
    pub number: u64,
    /// The number before; 0 where there is none.
    pub prev: u64,
    /// A JSON list of `[name, event]`.
    pub events: String,
}

/// The numbers that are there, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Log {
    pub(super) numbers: Vec<u64>,
}

impl Record for EventBatch {
    const TABLE: Table = Table::News;
}

impl Record for Log {
    const TABLE: Table = Table::News;
}

fn key(number: u64) -> Key {
    Key::Name(format!("{number:020}"))
}

fn log(tx: &Transaction) -> Result<Log> {
    Ok(tx.get(&Key::from(""))?.unwrap_or_default())
}

/// The number of the last news; 0 where there is none.
pub(super) fn end(tx: &Transaction) -> Result<u64> {
    Ok(log(tx)?.numbers.last().copied().unwrap_or(0))
}

/// All that is there after that number.
pub(super) fn after(tx: &Transaction, number: u64) -> Result<Vec<EventBatch>> {
    let mut keys = Vec::new();
    for own in log(tx)?.numbers {
        if own > number {
            keys.push(key(own));
        }
    }
    tx.get_those(&keys)
}

impl Work<'_> {
    /// Writes what a batch brought.
    pub(super) fn tell(&self, events: String) -> Result<EventBatch> {
        let mut log = log(self.tx)?;
        let prev = log.numbers.last().copied().unwrap_or(0);
        let news = EventBatch { number: self.now.max(prev + 1), prev, events };
        // Large ones make room for fewer.
        let kept = if news.events.len() > LARGE { KEPT / 4 } else { KEPT };
        self.forget(&mut log, |at, left| left - at >= kept);
        log.numbers.push(news.number);
        self.tx.put(&key(news.number), &news);
        self.tx.put(&Key::from(""), &log);
        Ok(news)
    }

    /// Drops what is so old that nobody waits for it any longer; never the last, which has the number.
    pub(super) fn trim_news(&self) -> Result<()> {
        let mut log = log(self.tx)?;
        let before = self.now.saturating_sub(PATIENCE_MS);
        let was = log.numbers.len();
        let numbers = log.numbers.clone();
        self.forget(&mut log, |at, left| at + 1 < left && numbers.get(at).is_some_and(|own| *own < before));
        if log.numbers.len() < was {
            self.tx.put(&Key::from(""), &log);
        }
        Ok(())
    }

    /// Drops the oldest for as long as it says so, asked with where one stands and how many there are.
    fn forget(&self, log: &mut Log, is_old: impl Fn(usize, usize) -> bool) {
        let old = (0..log.numbers.len()).take_while(|at| is_old(*at, log.numbers.len())).count();
        log.numbers.drain(..old).for_each(|number| self.tx.delete(Table::News, &key(number)));
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use super::super::handle::set_clock;
    use super::super::{Batch, Fact, Store};
    use super::*;
    use crate::model::ConversationId;
    use futures_util::FutureExt;
    use roamkit_wire::conversation::ChatType;

    fn now<T>(work: impl Future<Output = T>) -> T {
        work.now_or_never().unwrap()
    }

    fn batch(ids: &[u64]) -> Batch {
        let fact = |id| Fact::Recalled { conversation: ConversationId::new(ChatType::Single, "bob"), id };
        let facts = ids.iter().map(|id| (*id, fact(*id))).collect();
        Batch { queue: "bob".into(), position: None, facts, call: None }
    }

    fn tell(store: &Store, ids: &[u64]) -> Option<EventBatch> {
        let texts: Vec<_> = ids.iter().map(|id| format!("[{id}]")).collect();
        now(store.apply_and_tell(&batch(ids), &texts, true)).unwrap()
    }

    #[test]
    fn what_is_new_is_numbered_and_found_again() {
        set_clock(1_000);
        let store = Store::in_memory();
        assert_eq!(now(store.log_end()).unwrap(), 0);
        let first = tell(&store, &[1, 2]).unwrap();
        assert_eq!(first, EventBatch { number: 1_000, prev: 0, events: "[[1],[2]]".into() });
        assert_eq!(tell(&store, &[2, 1]), None, "a repetition is no news");
        let second = tell(&store, &[2, 3]).unwrap();
        assert_eq!(second, EventBatch { number: 1_001, prev: 1_000, events: "[[3]]".into() });
        assert_eq!(now(store.log_end()).unwrap(), 1_001);
        assert_eq!(now(store.log_after(0)).unwrap(), [first, second.clone()]);
        assert_eq!(now(store.log_after(1_000)).unwrap(), [second]);
        assert_eq!(now(store.log_after(1_001)).unwrap(), []);
        // What changes the copy and is told by no event of its own.
        let texts = [String::new()];
        assert_eq!(now(store.apply_and_tell(&batch(&[9]), &texts, true)).unwrap().unwrap().events, "[]");
    }

    #[test]
    fn the_log_does_not_grow_for_ever() {
        set_clock(1_000);
        let store = Store::in_memory();
        for id in 1..=KEPT as u64 * 2 {
            tell(&store, &[id]);
        }
        let left = now(store.log_after(0)).unwrap();
        assert_eq!((left.len(), left[KEPT - 1].number), (KEPT, 999 + 2 * KEPT as u64));
        set_clock(5_000 + PATIENCE_MS);
        now(store.sweep()).unwrap();
        assert_eq!(now(store.log_after(0)).unwrap(), left[KEPT - 1..]);
        assert_eq!(tell(&store, &[1_000_000]).unwrap().prev, left[KEPT - 1].number);
    }
}

//! Ids that are unique across nodes and grow with time, so that arrival order is id order.

use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// 2010-01-01: far enough back for 19-digit ids, late enough to last until 2079.
const EPOCH_MS: i64 = 1_262_304_000_000;
const NODE_BITS: u32 = 10;
const SEQUENCE_BITS: u32 = 12;

/// Milliseconds since the Unix epoch.
pub(crate) fn now_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
}

/// The time in an id, ms; how an id that is not stored still names a place in history.
pub(crate) fn time_of(id: i64) -> i64 {
    (id >> (NODE_BITS + SEQUENCE_BITS)) + EPOCH_MS
}

/// Makes ids: 41 bits of milliseconds, 10 of node, 12 of sequence.
#[derive(Debug)]
pub(crate) struct Ids {
    node: i64,
    last: Mutex<(i64, i64)>,
}

impl Ids {
    pub(crate) fn new(node: u16) -> Self {
        Self { node: i64::from(node) & ((1 << NODE_BITS) - 1), last: Mutex::new((0, 0)) }
    }

    /// Makes only ids above one that is in use already, on whatever node it was made and whatever the clock says.
    pub(crate) fn above(&self, id: i64) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if id > self.id(*last) {
            // Another node's ids of one millisecond may be above all of this one's.
            *last = (id >> (NODE_BITS + SEQUENCE_BITS), (1 << SEQUENCE_BITS) - 1);
        }
    }

    /// The latest id that was made, or one above which all are to be made.
    pub(crate) fn newest(&self) -> i64 {
        self.id(*self.last.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn id(&self, (time, sequence): (i64, i64)) -> i64 {
        (time << (NODE_BITS + SEQUENCE_BITS)) | (self.node << SEQUENCE_BITS) | sequence
    }

    /// The next id. Never smaller than the one before, even if the clock steps back: then, and when a
    /// millisecond is used up, it borrows from the time to come.
    pub(crate) fn next(&self) -> i64 {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let (time, sequence) = *last;
        let now = now_ms() - EPOCH_MS;
        *last = if now > time {
            (now, 0)
        } else if sequence + 1 < 1 << SEQUENCE_BITS {
            (time, sequence + 1)
        } else {
            (time + 1, 0)
        };
        self.id(*last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow_and_know_their_time() {
        let (ids, before) = (Ids::new(3), now_ms());
        let made: Vec<i64> = (0..20_000).map(|_| ids.next()).collect();
        assert!(made.windows(2).all(|pair| pair[0] < pair[1]));
        assert!((before..=now_ms() + 10).contains(&time_of(made[0])));
        assert_eq!(made[0].to_string().len(), 19);
    }

    #[test]
    fn ids_stay_above_those_in_use() {
        let (before, after) = (Ids::new(1), Ids::new(1));
        let ahead = before.next() + (60_000 << (NODE_BITS + SEQUENCE_BITS));
        after.above(ahead);
        assert!(after.next() > ahead);
        let after = Ids::new(0);
        after.above(ahead);
        assert!(after.newest() >= ahead >> (NODE_BITS + SEQUENCE_BITS) << (NODE_BITS + SEQUENCE_BITS));
        assert!(after.next() > ahead, "a node of a smaller number too");
    }

    #[test]
    fn nodes_do_not_share_ids() {
        let (a, b) = (Ids::new(1), Ids::new(2));
        let of = |ids: &Ids| (0..1000).map(|_| ids.next()).collect::<std::collections::HashSet<_>>();
        assert!(of(&a).is_disjoint(&of(&b)));
    }
}

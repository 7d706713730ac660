//! 64-bit ids that are unique across nodes and grow with time.

use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// 2010-01-01. Ids counted from here have 19 digits, and last until 2079.
const EPOCH_MS: i64 = 1_262_304_000_000;
const NODE_BITS: u32 = 10;
const SEQUENCE_BITS: u32 = 12;

/// Milliseconds since the Unix epoch.
pub(crate) fn now_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
}

/// The time in an id, in milliseconds. It gives an id without a stored message a position in history.
pub(crate) fn time_of(id: i64) -> i64 {
    (id >> (NODE_BITS + SEQUENCE_BITS)) + EPOCH_MS
}

/// The id generator. An id consists of 41 bits of milliseconds, 10 of node number and 12 of sequence number.
#[derive(Debug)]
pub(crate) struct Ids {
    node: i64,
    /// The milliseconds and the sequence number of the newest id.
    last: Mutex<(i64, i64)>,
}

impl Ids {
    pub(crate) fn new(node: u16) -> Self {
        Self { node: i64::from(node) & ((1 << NODE_BITS) - 1), last: Mutex::new((0, 0)) }
    }

    /// Makes all further ids larger than an id in use, whichever node made it and whatever the clock says.
    pub(crate) fn advance_past(&self, id: i64) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if id > self.compose(*last) {
            // Another node's ids of the same millisecond may be larger than all of this node's.
            *last = (id >> (NODE_BITS + SEQUENCE_BITS), (1 << SEQUENCE_BITS) - 1);
        }
    }

    /// The newest id, or the bound set by [`Ids::advance_past`].
    pub(crate) fn newest(&self) -> i64 {
        self.compose(*self.last.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn compose(&self, (time, sequence): (i64, i64)) -> i64 {
        (time << (NODE_BITS + SEQUENCE_BITS)) | (self.node << SEQUENCE_BITS) | sequence
    }

    /// Makes the next id, which is larger than all before. If the clock steps back, or the sequence numbers of
    /// a millisecond are used up, it uses the following milliseconds in advance.
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
        self.compose(*last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow_and_contain_their_time() {
        let (ids, before) = (Ids::new(3), now_ms());
        let made: Vec<i64> = (0..20_000).map(|_| ids.next()).collect();
        assert!(made.windows(2).all(|pair| pair[0] < pair[1]));
        assert!((before..=now_ms() + 10).contains(&time_of(made[0])));
        assert_eq!(made[0].to_string().len(), 19);
    }

    #[test]
    fn new_ids_are_larger_than_ids_in_use() {
        let (before, after) = (Ids::new(1), Ids::new(1));
        let ahead = before.next() + (60_000 << (NODE_BITS + SEQUENCE_BITS));
        after.advance_past(ahead);
        assert!(after.next() > ahead);
        let after = Ids::new(0);
        after.advance_past(ahead);
        assert!(after.newest() >= ahead >> (NODE_BITS + SEQUENCE_BITS) << (NODE_BITS + SEQUENCE_BITS));
        assert!(after.next() > ahead, "on a node with a smaller number too");
    }

    #[test]
    fn nodes_do_not_share_ids() {
        let (a, b) = (Ids::new(1), Ids::new(2));
        let make = |ids: &Ids| (0..1000).map(|_| ids.next()).collect::<std::collections::HashSet<_>>();
        assert!(make(&a).is_disjoint(&make(&b)));
    }
}

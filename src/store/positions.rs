//! How far each queue is acknowledged. Table `queues`, key: the queue's name.
//!
//! Delivery is at least once: the ids of the latest metas are kept, so that a repetition is known for one.

use super::db::{Record, Table};

/// A server repeats what was not acknowledged, which is one batch: `roamkit-server` puts as many into one at most.
const KEPT: usize = 1000;

/// One queue.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Queue {
    pub(super) position: Option<u64>,
    /// Oldest first.
    pub(super) seen: Vec<u64>,
}

impl Record for Queue {
    const TABLE: Table = Table::Queues;
}

impl Queue {
    /// Notes a meta; tells whether it is new. Id 0 always is.
    pub(super) fn note(&mut self, meta: u64) -> bool {
        if meta == 0 {
            return true;
        }
        if self.seen.contains(&meta) {
            return false;
        }
        self.seen.push(meta);
        true
    }

    /// Forgets all but the latest metas.
    pub(super) fn trim(&mut self) {
        self.seen.drain(..self.seen.len().saturating_sub(KEPT));
    }
}

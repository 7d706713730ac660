//! Which queue is being read, and which wait.

use super::HEARTBEAT_MS;
use crate::sorted_set::SortedSet;
use roamkit_wire::msync::Jid;
use std::collections::VecDeque;

/// Queues with something in them that are remembered, at most; the next UNREAD names the rest.
const MAX_PENDING: usize = 10_000;

/// What is being done about queues. One batch is on its way at a time: what is applied keeps the queue's
/// order, and memory stays bounded however much waits.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// The queue that was asked for, and whether its batch has come and is being applied.
    pub(super) current: Option<Current>,
    /// Queues that have something.
    pending: VecDeque<Jid>,
    /// Their names: an UNREAD may bring very many, and each must be found at once. Even if 10,000 names come in no
    /// order, the insertions move 600 MB altogether, which takes less than a tenth of a second.
    known: SortedSet<String>,
}

#[derive(Debug)]
pub(super) struct Current {
    pub(super) queue: Jid,
    pub(super) asked_at: u64,
    /// Whether a tick came too late to tell that nothing came, and more time was given.
    pub(super) graced: bool,
    pub(super) applying: Option<Answer>,
    /// Something came while it was being read.
    pub(super) again: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Answer {
    pub(super) next_key: Option<u64>,
    pub(super) is_last: bool,
    pub(super) empty: bool,
}

impl Reading {
    pub(super) fn add(&mut self, queue: Jid) {
        if let Some(current) = self.current.as_mut().filter(|current| same_queue(&current.queue, &queue)) {
            current.again = true;
        } else if self.pending.len() < MAX_PENDING && self.known.insert(named(&queue)) {
            self.pending.push_back(queue);
        }
    }

    pub(super) fn take(&mut self) -> Option<Jid> {
        let queue = self.pending.pop_front()?;
        self.known.remove(&named(&queue));
        Some(queue)
    }

    pub(super) fn is_graced(&self) -> bool {
        self.current.as_ref().is_some_and(|current| current.graced)
    }

    /// The batch may take until then.
    pub(super) fn grace(&mut self, until: u64) {
        if let Some(current) = &mut self.current {
            current.graced = true;
            current.asked_at = until.saturating_sub(HEARTBEAT_MS);
        }
    }

    /// When a batch that was asked for should have come.
    pub(super) fn overdue_at(&self) -> Option<u64> {
        let current = self.current.as_ref().filter(|current| current.applying.is_none())?;
        Some(current.asked_at + HEARTBEAT_MS)
    }
}

/// What tells queues apart.
fn named(queue: &Jid) -> String {
    format!("{}@{}", queue.name, queue.domain)
}

/// The service may name a queue with or without its own resource.
pub(super) fn same_queue(one: &Jid, other: &Jid) -> bool {
    one.name == other.name && one.domain == other.domain
}

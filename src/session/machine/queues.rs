//! The queues that have something for this device, and how they are read: one queue after the other, batch by batch.

use super::input::Batch;
use super::liveness::ANSWER_MS;
use crate::deadline::{Deadline, DeadlineState};
use crate::sorted_set::SortedSet;
use roamkit_wire::msync::{CommSyncDl, Jid};
use std::collections::VecDeque;

/// A batch must arrive this long after its request.
const BATCH_MS: u64 = 30_000;
/// The number of waiting queues. The server names further queues again in its next UNREAD frame.
const MAX_PENDING: usize = 10_000;

/// The queues with unread metas. Only one batch is on its way at a time. This keeps the order of a queue, and limits the
/// memory however much is unread.
#[derive(Debug, Default)]
pub(super) struct Queues {
    /// The queue that is read now.
    current: Option<CurrentQueue>,
    /// The queues that are read next.
    pending: VecDeque<Jid>,
    /// The names of the pending queues, to find duplicates fast: one UNREAD frame may name thousands of queues. If 10,000
    /// names come in random order, their insertions move 600 MB in total, which takes less than 0.1 seconds.
    pending_names: SortedSet<String>,
}

/// The queue that is read now.
#[derive(Debug)]
struct CurrentQueue {
    queue: Jid,
    /// When the requested batch must arrive.
    deadline: Deadline,
    /// The batch that arrived and is being stored.
    applying: Option<BatchInfo>,
    /// Whether the server announced more metas after the batch was requested.
    has_more: bool,
}

/// The facts about a batch that decide on the next request.
#[derive(Clone, Copy, Debug)]
struct BatchInfo {
    next_key: Option<u64>,
    is_last: bool,
    is_empty: bool,
}

/// The next step of reading the queues.
#[derive(Debug)]
pub(super) enum NextStep {
    /// Request the next batch of a queue. The key acknowledges the batch before.
    Request(Jid, Option<u64>),
    /// All queues are read to their end.
    CaughtUp,
}

impl Queues {
    /// Adds a queue that has something, unless it already waits.
    pub(super) fn add(&mut self, queue: Jid) {
        if let Some(current) = self.current.as_mut().filter(|current| is_same_queue(&current.queue, &queue)) {
            current.has_more = true;
        } else if self.pending.len() < MAX_PENDING && self.pending_names.insert(queue_name(&queue)) {
            self.pending.push_back(queue);
        }
    }

    /// Starts to read the next queue; `None` while one is being read.
    pub(super) fn start_next(&mut self, now: u64) -> Option<NextStep> {
        if self.current.is_some() {
            return None;
        }
        let Some(queue) = self.pending.pop_front() else { return Some(NextStep::CaughtUp) };
        self.pending_names.remove(&queue_name(&queue));
        let deadline = Deadline::new(now + BATCH_MS);
        self.current = Some(CurrentQueue { queue: queue.clone(), deadline, applying: None, has_more: false });
        Some(NextStep::Request(queue, None))
    }

    /// Accepts a batch, which the caller must store; `None` if the batch was not requested. A late batch of another queue
    /// is dropped: it was not acknowledged, so the server sends it again.
    pub(super) fn accept(&mut self, batch: CommSyncDl) -> Option<Batch> {
        let current = self.current.as_mut().filter(|current| current.applying.is_none())?;
        if batch.queue.as_ref().is_some_and(|queue| !is_same_queue(queue, &current.queue)) {
            return None;
        }
        let CommSyncDl { metas, next_key, is_last, .. } = batch;
        current.applying = Some(BatchInfo { next_key, is_last, is_empty: metas.is_empty() });
        Some(Batch { queue: current.queue.clone(), position: next_key, metas })
    }

    /// Whether a batch is being stored.
    pub(super) fn is_applying(&self) -> bool {
        self.current.as_ref().is_some_and(|current| current.applying.is_some())
    }

    /// The accepted batch is stored. `None` if there is no such batch.
    pub(super) fn finish_batch(&mut self, now: u64) -> Option<NextStep> {
        let current = self.current.as_mut()?;
        let batch = current.applying.take()?;
        // Only a request acknowledges a batch, so the last one needs a request, too.
        let is_unfinished = !batch.is_last || (!batch.is_empty && batch.next_key.is_some());
        if is_unfinished || current.has_more {
            current.has_more = current.has_more && is_unfinished;
            current.deadline = Deadline::new(now + BATCH_MS);
            return Some(NextStep::Request(current.queue.clone(), batch.next_key));
        }
        self.current = None;
        self.start_next(now)
    }

    /// When the requested batch must arrive; `None` if no request is unanswered.
    pub(super) fn deadline(&self) -> Option<Deadline> {
        let current = self.current.as_ref().filter(|current| current.applying.is_none())?;
        Some(current.deadline)
    }

    /// The state of that deadline.
    pub(super) fn deadline_state(&self, now: u64) -> DeadlineState {
        self.deadline().map_or(DeadlineState::Pending, |deadline| deadline.state(now))
    }

    /// Extends that deadline after a late tick.
    pub(super) fn extend_deadline(&mut self, now: u64) {
        if let Some(current) = &mut self.current {
            current.deadline.extend(now + ANSWER_MS);
        }
    }

    /// Keeps the distance to the deadline when the wall clock is set back.
    pub(super) fn shift_back(&mut self, by: u64) {
        if let Some(current) = &mut self.current {
            current.deadline.shift_back(by);
        }
    }
}

fn queue_name(queue: &Jid) -> String {
    format!("{}@{}", queue.name, queue.domain)
}

/// Whether two addresses name the same queue. The service may leave out the app and the resource.
fn is_same_queue(one: &Jid, other: &Jid) -> bool {
    one.name == other.name && one.domain == other.domain
}

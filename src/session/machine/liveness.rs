//! Whether the server is still there.
//!
//! After 30 seconds of silence, the machine sends an UNREAD frame as a heartbeat. Every frame counts as the answer.

use crate::deadline::{Deadline, DeadlineState};

/// A heartbeat is sent after this much silence.
pub const HEARTBEAT_MS: u64 = 30_000;
/// The server must answer a heartbeat within this time.
pub const ANSWER_MS: u64 = 10_000;

/// The last sign of life from the server, and the heartbeat that is not answered yet.
#[derive(Debug, Default)]
pub(super) struct Liveness {
    last_heard: u64,
    /// When the answer to the heartbeat must arrive; `None` if every heartbeat is answered.
    answer_by: Option<Deadline>,
}

impl Liveness {
    /// A frame arrived, or a new connection begins.
    pub(super) fn heard(&mut self, now: u64) {
        *self = Self { last_heard: now, answer_by: None };
    }

    /// The machine sends a heartbeat.
    pub(super) fn heartbeat_sent(&mut self, now: u64) {
        let answer_by = now + ANSWER_MS;
        self.answer_by.get_or_insert(Deadline::new(answer_by)).postpone(answer_by);
    }

    /// Extends the deadline of the answer after a late tick.
    pub(super) fn extend(&mut self, now: u64) {
        if let Some(deadline) = &mut self.answer_by {
            deadline.extend(now + ANSWER_MS);
        }
    }

    /// Whether the silence has lasted this long, and no heartbeat is unanswered.
    pub(super) fn is_heartbeat_due(&self, now: u64, silence_ms: u64) -> bool {
        self.answer_by.is_none() && now >= self.last_heard + silence_ms
    }

    /// The state of the deadline of the answer.
    pub(super) fn answer_state(&self, now: u64) -> DeadlineState {
        self.answer_by.map_or(DeadlineState::Pending, |deadline| deadline.state(now))
    }

    /// When the next heartbeat or its answer is due.
    pub(super) fn next_check(&self) -> u64 {
        self.answer_by.map_or(self.last_heard + HEARTBEAT_MS, Deadline::at)
    }

    /// Keeps all distances when the wall clock is set back.
    pub(super) fn shift_back(&mut self, by: u64) {
        self.last_heard = self.last_heard.saturating_sub(by);
        if let Some(deadline) = &mut self.answer_by {
            deadline.shift_back(by);
        }
    }
}

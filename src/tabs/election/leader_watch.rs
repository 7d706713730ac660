//! Whether the leader still answers.

use crate::deadline::{Deadline, DeadlineState};

/// A leader that does not answer within this time is hung or frozen, and loses its lock.
pub const ANSWER_MS: u64 = 3_000;
/// A leader is asked for an answer after this much silence.
pub(super) const PING_MS: u64 = 30_000;
/// After a late timer, this tab waits so long for messages that arrived in the meantime.
const CATCH_UP_MS: u64 = 500;

/// A follower's watch over the leader.
#[derive(Debug, Default)]
pub(super) struct LeaderWatch {
    /// When the leader must answer; `None` if nothing was asked.
    answer_by: Option<Deadline>,
    /// When the leader is asked again.
    ping_at: Option<u64>,
}

impl LeaderWatch {
    /// This tab asks the leader for an answer.
    pub(super) fn asked(&mut self, now: u64) {
        self.answer_by.get_or_insert(Deadline::new(now + ANSWER_MS));
    }

    /// The leader answered.
    pub(super) fn answered(&mut self, now: u64) {
        *self = Self { answer_by: None, ping_at: Some(now + PING_MS) };
    }

    /// Ends the watch.
    pub(super) fn stop(&mut self) {
        *self = Self::default();
    }

    /// Whether the leader missed its deadline. It then gets a new one, as the next leader may hang, too.
    pub(super) fn check_answer(&mut self, now: u64) -> bool {
        let Some(deadline) = &mut self.answer_by else { return false };
        match deadline.state(now) {
            DeadlineState::Pending => false,
            DeadlineState::Late => {
                deadline.extend(now + CATCH_UP_MS);
                false
            }
            DeadlineState::Missed => {
                *deadline = Deadline::new(now + ANSWER_MS);
                true
            }
        }
    }

    /// Whether the leader must be asked now.
    pub(super) fn check_ping(&mut self, now: u64) -> bool {
        self.ping_at.take_if(|at| now >= *at).is_some()
    }

    /// When the watch needs a tick.
    pub(super) fn next_tick(&self) -> Option<u64> {
        [self.answer_by.map(Deadline::at), self.ping_at].into_iter().flatten().min()
    }
}

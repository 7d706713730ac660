//! The metas that this device sends, and their answers.
//!
//! A meta is sent only when all queues are read: the sender decides about it with everything that had happened before. The sender
//! keeps it, and gives it to the machine again on the next connection if no answer came.

use super::input::Answer;
use super::refusal::meta_refusal;
use litemap::LiteMap;
use roamkit_wire::meta::Meta;
use roamkit_wire::msync::CommSyncDl;

/// The most metas that wait for their answer at a time. The sender gives further ones to the machine when answers came.
pub(super) const MAX_UNANSWERED: usize = 10;

/// The metas that were sent on the present connection.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    /// True if all queues were read to their end on this connection.
    is_open: bool,
    /// The metas without an answer, by their local ids.
    unanswered: LiteMap<u64, Meta>,
    /// The ids of metas that the server could not process now. They are not sent again on this connection.
    postponed: Vec<u64>,
}

impl Outbox {
    /// All queues are read to their end.
    pub(super) fn open(&mut self) {
        self.is_open = true;
    }

    /// Notes a meta that is about to be sent. Returns false if it must not be sent now.
    pub(super) fn add(&mut self, meta: &Meta) -> bool {
        let is_sendable = self.is_open
            && self.unanswered.len() < MAX_UNANSWERED
            && !self.unanswered.contains_key(&meta.id)
            && !self.postponed.contains(&meta.id);
        if is_sendable {
            self.unanswered.insert(meta.id, meta.clone());
        }
        is_sendable
    }

    /// Reads the answer to a meta; `None` if it was not sent here, or if the server could not process it now.
    pub(super) fn answer(&mut self, answer: &CommSyncDl) -> Option<Answer> {
        let meta = self.unanswered.remove(&answer.meta_id)?;
        let result = match answer.status.as_ref().and_then(meta_refusal) {
            None => Ok(answer.server_id),
            Some(refusal) if refusal.is_final => Err(refusal.error),
            Some(_) => {
                self.postponed.push(meta.id);
                return None;
            }
        };
        Some(Answer { meta, result })
    }
}

//! Tombstones: what was removed and must not come back.

use crate::model::{MessageKey, RequestTime};
use litemap::LiteMap;
use std::rc::Rc;

/// A time up to which a removal holds, and the time of the copy at which it was noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Watermark {
    pub(crate) time: u64,
    pub(crate) noted_at: u64,
}

/// A message that was removed by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RemovedMessage {
    /// The time of the copy at which the removal was noted.
    pub(crate) noted_at: u64,
    /// The time of the message, if the local copy had it.
    pub(crate) timestamp: Option<u64>,
}

/// The removals of one conversation, or those that apply to all conversations.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tombstones {
    /// The ids of removed messages. The map is shared, because every applied message looks it up and it may hold thousands of
    /// ids. Ids mostly come in ascending order.
    pub(crate) ids: Rc<LiteMap<u64, RemovedMessage>>,
    /// All messages up to this time were removed.
    pub(crate) removed_until: Option<Watermark>,
    /// The conversation was deleted at this time. Older messages do not bring it back to the list.
    pub(crate) deleted_at: Option<Watermark>,
    /// The server's time by which it had deleted the conversation. A message sent up to then and unknown here was
    /// either deleted too, or brings the conversation back: only the server knows which.
    pub(crate) ambiguous_until: Option<Watermark>,
}

impl Tombstones {
    /// True if the message was removed.
    pub(crate) fn hides(&self, key: MessageKey) -> bool {
        self.hides_id(key.id) || self.removed_until().is_some_and(|until| key.timestamp <= until)
    }

    /// True if the message was removed by its id.
    pub(crate) fn hides_id(&self, id: u64) -> bool {
        self.ids.contains_key(&id)
    }

    /// The position that a removed message had, if the local copy had it.
    pub(crate) fn position(&self, id: u64) -> Option<MessageKey> {
        let timestamp = self.ids.get(&id)?.timestamp?;
        Some(MessageKey { timestamp, id })
    }

    /// The time up to which all messages were removed.
    pub(crate) fn removed_until(&self) -> Option<u64> {
        self.removed_until.map(|mark| mark.time)
    }

    /// True if the conversation was deleted and has no message newer than the deletion.
    pub(crate) fn covers_deletion_of(&self, newest: Option<MessageKey>) -> bool {
        self.deleted_at.is_some_and(|deleted| newest.is_none_or(|key| key.timestamp <= deleted.time))
    }

    /// True if a response requested then may not reflect the deletion of the conversation.
    pub(crate) fn deleted_since(&self, request: RequestTime) -> bool {
        self.deleted_at.is_some_and(|deleted| request.is_before(deleted.noted_at))
    }

    /// True if the message may have been part of a deleted conversation.
    pub(crate) fn is_ambiguous(&self, key: MessageKey) -> bool {
        self.ambiguous_until.is_some_and(|until| key.timestamp <= until.time)
    }
}

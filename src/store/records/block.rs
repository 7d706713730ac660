//! A block: a run of up to 64 neighboring messages of one conversation, stored as one record.

use super::Span;
use crate::model::MessageKey;

/// A run of neighboring messages, oldest first, of any message type `M`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Block<M> {
    /// The position of each message in the history.
    pub(crate) keys: Vec<MessageKey>,
    /// For each message but the first: true if no message can be missing between it and the one before.
    pub(crate) joins: Vec<bool>,
    /// The messages, in the order of `keys`.
    pub(crate) items: Vec<M>,
}

impl<M> Block<M> {
    /// The summary of this block for the directory; `None` if the block is empty.
    pub(crate) fn span(&self) -> Option<Span> {
        Some(Span {
            first: *self.keys.first()?,
            last: *self.keys.last()?,
            min_id: self.keys.iter().map(|key| key.id).min()?,
            max_id: self.keys.iter().map(|key| key.id).max()?,
            count: self.keys.len() as u64,
        })
    }
}

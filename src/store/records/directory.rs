//! The directory of one conversation: a summary of each of its blocks, and the recent changes.

use crate::model::MessageKey;

/// The summary of one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// The oldest message of the block. It also names the block.
    pub(crate) first: MessageKey,
    /// The newest message of the block.
    pub(crate) last: MessageKey,
    /// The smallest message id. Together with `max_id` it rules out most blocks when an id is looked up.
    pub(crate) min_id: u64,
    /// The largest message id.
    pub(crate) max_id: u64,
    /// The number of messages.
    pub(crate) count: u64,
}

/// The part of a history that is known without reading its blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Directory {
    /// One summary a block, oldest first.
    pub(crate) spans: Vec<Span>,
    /// For each block: true if no message can be missing between it and the block before. The first entry stands for
    /// the beginning of the history, and one more entry at the end for its end.
    pub(crate) edges: Vec<bool>,
    /// Changes that a page fetched earlier may not contain.
    pub(crate) recent: RecentChanges,
}

impl Default for Directory {
    fn default() -> Self {
        Self { spans: Vec::new(), edges: vec![false], recent: RecentChanges::default() }
    }
}

impl Directory {
    /// True if the spans are in order and each has its edge.
    pub(crate) fn is_consistent(&self) -> bool {
        self.edges.len() == self.spans.len() + 1
            && self.spans.windows(2).all(|pair| pair[0].last < pair[1].first)
            && self.spans.iter().all(|span| span.first <= span.last && span.count > 0)
    }
}

/// A message that arrived live or was edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RecentChange {
    /// The position of the message. Its time is 0 if a message was edited that is not in the local copy.
    pub(crate) key: MessageKey,
    /// The local time at which the change was applied, in milliseconds.
    pub(crate) noted_at: u64,
    /// True for an edit, false for an arrival.
    pub(crate) is_edit: bool,
}

/// The most recent changes of one conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RecentChanges {
    /// The changes, oldest first.
    pub(crate) changes: Vec<RecentChange>,
    /// Pages requested at or before this local time are outdated: changes up to then were dropped from `changes`.
    pub(crate) outdated_until: u64,
}

//! The known part of one conversation's history. This module is pure: it knows of no database.
//!
//! All messages are in one order, by [`MessageKey`]. Two neighbors *join* if the server said that no message is between
//! them; otherwise there is a *gap* between them. The beginning and the end of the history count as neighbors too: the
//! oldest message joins the beginning if the server said that nothing is older, and the newest joins the end if it was
//! the newest when the server was last heard.
//!
//! The order is cut into blocks of at most [`MAX_BLOCK`] messages. The conversation's directory holds a summary of each
//! block ([`Span`]), and says whether the block joins the one before. Joins between blocks are in the directory alone,
//! so that both sides of an edge always agree, and a page appended at either end rewrites no existing block.
//!
//! Blocks are loaded on demand. An operation that needs a block returns [`MissingBlocks`]; the caller loads these blocks
//! and calls again. An operation checks for missing blocks before it changes anything, so it can be repeated.

mod insert;
mod item;
mod journal;
mod journaling;
mod merge;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod model_test;
mod read;
mod recent_changes;
mod remove;
#[cfg(test)]
mod tests;
mod window;

use journal::Journal;
pub(crate) use journal::JournalEntries;
pub(crate) use merge::CoveringPage;
pub(crate) use read::ReadResult;

use super::records::{Block, Directory, RecentChange, Span};
use crate::model::MessageKey;
use crate::sorted_set::SortedSet;
use litemap::LiteMap;

/// The largest number of messages in a block. A page of 50, the largest, becomes one block; smaller pages fill one up.
pub(crate) const MAX_BLOCK: usize = 64;

/// The blocks that an operation needs, named by their first keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MissingBlocks(pub(crate) Vec<MessageKey>);

/// The result of an operation, or the blocks that it needs first.
pub(crate) type BlockResult<T> = Result<T, MissingBlocks>;

/// The writes that bring the database up to date with a timeline, in the order of the fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// True if the directory must be written.
    pub(crate) directory: bool,
    /// All blocks up to this one must be deleted.
    pub(crate) cleared_through: Option<MessageKey>,
    /// These blocks must be deleted.
    pub(crate) deleted: SortedSet<MessageKey>,
    /// These blocks must be written.
    pub(crate) written: SortedSet<MessageKey>,
}

/// The history of one conversation: its directory, the loaded blocks, and the changes.
#[derive(Clone, Debug)]
pub(crate) struct Timeline<M> {
    directory: Directory,
    blocks: LiteMap<MessageKey, Block<M>>,
    changes: Changes,
    /// Blocks that were created since the last save. If one goes again, the database has nothing to delete.
    unsaved: SortedSet<MessageKey>,
    /// The changed messages, if somebody wants to know.
    journal: Option<Journal<M>>,
}

impl<M> Timeline<M> {
    /// Starts from a directory. An inconsistent directory counts as empty, because its history can be fetched again.
    pub(crate) fn new(directory: Directory) -> Self {
        let directory = if directory.is_consistent() { directory } else { Directory::default() };
        Self {
            directory,
            blocks: LiteMap::default(),
            changes: Changes::default(),
            unsaved: SortedSet::default(),
            journal: None,
        }
    }

    pub(crate) fn directory(&self) -> &Directory {
        &self.directory
    }

    pub(crate) fn block(&self, first: MessageKey) -> Option<&Block<M>> {
        self.blocks.get(&first)
    }

    /// Provides a block that was reported as [`MissingBlocks`]. A block that is gone or does not match its span leaves
    /// a gap, which the next page fills.
    pub(crate) fn load_block(&mut self, first: MessageKey, block: Option<Block<M>>) {
        let Ok(at) = self.directory.spans.binary_search_by_key(&first, |span| span.first) else { return };
        let matching = block.filter(|block| {
            block.span() == Some(self.directory.spans[at])
                && block.items.len() == block.keys.len()
                && block.joins.len() + 1 == block.keys.len()
                && block.keys.is_sorted()
        });
        if let Some(block) = matching {
            self.blocks.insert(first, block);
        } else {
            self.directory.spans.remove(at);
            self.directory.edges.remove(at);
            self.directory.edges[at] = false;
            self.changes.directory = true;
            self.changes.written.remove(&first);
            self.changes.deleted.insert(first);
        }
    }

    /// Unloads all blocks but the newest.
    pub(crate) fn unload_older_blocks(&mut self) {
        let newest = self.directory.spans.last().map(|span| span.first);
        self.blocks.retain(|first, _| Some(*first) == newest);
    }

    /// Unloads all blocks.
    pub(crate) fn unload_blocks(&mut self) {
        self.blocks.clear();
    }

    /// True if any block is loaded.
    pub(crate) fn has_blocks(&self) -> bool {
        !self.blocks.is_empty()
    }

    /// Takes the writes that are due. The caller must execute them.
    pub(crate) fn take_changes(&mut self) -> Changes {
        self.unsaved.clear();
        std::mem::take(&mut self.changes)
    }

    /// True if the newest message was the newest on the server when the server was last heard.
    pub(crate) fn knows_end(&self) -> bool {
        self.directory.edges.last() == Some(&true)
    }

    /// Forgets that the newest message is the newest on the server.
    pub(crate) fn forget_end(&mut self) {
        if let Some(end) = self.directory.edges.last_mut() {
            self.changes.directory |= *end;
            *end = false;
        }
    }

    /// The position of the newest message.
    pub(crate) fn newest_key(&self) -> Option<MessageKey> {
        self.directory.spans.last().map(|span| span.last)
    }

    /// The positions of those messages that are known.
    pub(crate) fn locate(&self, ids: &[u64]) -> BlockResult<Vec<MessageKey>> {
        let mut found = Vec::new();
        let mut missing = SortedSet::default();
        for &id in ids {
            let candidates: Vec<_> = self
                .directory
                .spans
                .iter()
                .filter(|span| (span.min_id..=span.max_id).contains(&id))
                .collect();
            let mut edges = candidates.iter().flat_map(|span| [span.first, span.last]);
            if let Some(edge) = edges.find(|key| key.id == id) {
                found.push(edge);
                continue;
            }
            // The newest block comes first, because removed messages and anchors are mostly recent.
            for span in candidates.iter().rev() {
                match self.blocks.get(&span.first) {
                    Some(block) => {
                        if let Some(&key) = block.keys.iter().find(|key| key.id == id) {
                            found.push(key);
                            break;
                        }
                    }
                    None => {
                        missing.insert(span.first);
                    }
                }
            }
        }
        if missing.is_empty() { Ok(found) } else { Err(MissingBlocks(missing.into_iter().collect())) }
    }

    /// The newest message before a position, and whether it joins the message at that position.
    pub(crate) fn predecessor(&self, position: MessageKey) -> BlockResult<Option<(MessageKey, bool)>> {
        let after = self.directory.spans.partition_point(|span| span.first < position);
        let Some(at) = after.checked_sub(1) else { return Ok(None) };
        let block = self.loaded_block(self.directory.spans[at].first)?;
        let next = block.keys.partition_point(|key| *key < position);
        let joins = match block.keys.get(next) {
            Some(key) => *key == position && block.joins[next - 1],
            None => {
                let next = self.directory.spans.get(after);
                next.is_some_and(|span| span.first == position) && self.directory.edges[after]
            }
        };
        Ok(block.keys.get(next - 1).map(|key| (*key, joins)))
    }

    fn loaded_block(&self, first: MessageKey) -> BlockResult<&Block<M>> {
        self.blocks.get(&first).ok_or_else(|| MissingBlocks(vec![first]))
    }

    /// The index of the block whose span includes the key.
    fn block_index(&self, key: MessageKey) -> Option<usize> {
        let at = self.directory.spans.partition_point(|span| span.last < key);
        self.directory.spans.get(at).filter(|span| span.first <= key).map(|_| at)
    }
}

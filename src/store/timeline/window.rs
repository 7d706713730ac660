//! A window: some neighboring blocks as one flat list. An operation changes the list; then it is cut into blocks again.

use super::{Block, BlockResult, MAX_BLOCK, MissingBlocks, Span, Timeline};
use crate::model::MessageKey;
use std::ops::Range;

/// A group of fewer messages than this is appended to its neighbor in the window.
const SMALL_GROUP: usize = MAX_BLOCK / 4;

/// One message of a window.
pub(super) struct Entry<M> {
    pub(super) key: MessageKey,
    pub(super) item: M,
    /// The index within the window of the block that the message came from; `None` for a new message.
    pub(super) origin: Option<usize>,
}

/// Some neighboring blocks of a timeline as one list.
pub(super) struct Window<M> {
    blocks: Range<usize>,
    pub(super) entries: Vec<Entry<M>>,
    /// For each entry: true if it joins the one before. The first entry and one more at the end stand for the neighbors
    /// outside the window.
    pub(super) joins: Vec<bool>,
    /// For each block: true if one of its messages was replaced by another version.
    pub(super) is_replaced: Vec<bool>,
    /// The keys and joins of each block when the window was opened.
    original: Vec<(Vec<MessageKey>, Vec<bool>)>,
}

impl<M> Window<M> {
    /// True if the window begins at the beginning of the history.
    pub(super) fn is_at_beginning(&self) -> bool {
        self.blocks.start == 0
    }

    /// Removes a message. Its neighbors join only if it joined both.
    pub(super) fn remove(&mut self, at: usize) {
        self.entries.remove(at);
        let joins_newer = self.joins.remove(at + 1);
        self.joins[at] &= joins_newer;
    }

    /// Removes everything up to that time, if the window begins at the beginning of the history. The server removed it
    /// too, so a message that joined the last removed one now joins the beginning. Returns the removed positions.
    pub(super) fn remove_until(&mut self, time: u64) -> Vec<MessageKey> {
        let count = self.entries.partition_point(|entry| entry.key.timestamp <= time);
        if !self.is_at_beginning() {
            return Vec::new();
        }
        self.joins.drain(..count);
        self.entries.drain(..count).map(|entry| entry.key).collect()
    }

    /// Inserts a message with a gap on either side.
    pub(super) fn insert(&mut self, at: usize, key: MessageKey, item: M) {
        self.entries.insert(at, Entry { key, item, origin: None });
        self.joins[at] = false;
        self.joins.insert(at + 1, false);
    }

    /// The sizes of the blocks into which the entries are cut. Blocks stay as they were if possible; new messages are
    /// added to a neighboring block that has room.
    fn block_sizes(&self) -> Vec<usize> {
        let mut origins: Vec<_> = self.entries.iter().map(|entry| entry.origin).collect();
        // New messages between two messages of one block belong to that block.
        let mut previous = None;
        let mut run = 0;
        for at in 0..origins.len() {
            if let Some(origin) = origins[at] {
                if previous == Some(origin) {
                    origins[run..at].fill(Some(origin));
                }
                previous = Some(origin);
                run = at + 1;
            }
        }
        let mut sizes: Vec<usize> = Vec::new();
        let mut last_accepts = false;
        for group in origins.chunk_by(|a, b| a == b) {
            let is_new = group[0].is_none();
            match sizes.last_mut() {
                Some(size)
                    if (is_new || last_accepts || group.len() < SMALL_GROUP)
                        && *size + group.len() <= MAX_BLOCK =>
                {
                    *size += group.len();
                }
                _ => sizes.push(group.len()),
            }
            last_accepts = is_new || sizes.last().is_some_and(|size| *size < SMALL_GROUP);
        }
        sizes.into_iter().flat_map(split_evenly).collect()
    }
}

/// Splits a size into parts of about the same size, none larger than a block.
fn split_evenly(size: usize) -> impl Iterator<Item = usize> {
    let parts = size.div_ceil(MAX_BLOCK);
    (0..parts).map(move |part| size * (part + 1) / parts - size * part / parts)
}

impl<M> Timeline<M> {
    /// Fails with the blocks of the range that are not loaded, if any.
    pub(super) fn require_blocks(&self, range: Range<usize>) -> BlockResult<()> {
        let missing: Vec<_> = self.directory.spans[range]
            .iter()
            .map(|span| span.first)
            .filter(|first| !self.blocks.contains_key(first))
            .collect();
        if missing.is_empty() { Ok(()) } else { Err(MissingBlocks(missing)) }
    }

    /// Extends an empty range to a neighboring block that has room for `count` new messages, if there is one.
    pub(super) fn extend_to_neighbor(&self, range: Range<usize>, count: usize) -> Range<usize> {
        let has_room = |at: usize| {
            self.directory.spans.get(at).is_some_and(|span| span.count as usize + count <= MAX_BLOCK)
        };
        match range {
            Range { start, end } if start < end || count == 0 => start..end,
            Range { start, end } if start > 0 && has_room(start - 1) => start - 1..end,
            Range { start, end } if has_room(end) => start..end + 1,
            range => range,
        }
    }

    /// Moves blocks into a window. They are not part of the timeline until [`Timeline::close_window`].
    pub(super) fn open_window(&mut self, blocks: Range<usize>) -> BlockResult<Window<M>> {
        self.require_blocks(blocks.clone())?;
        let mut window = Window {
            entries: Vec::new(),
            joins: Vec::new(),
            is_replaced: Vec::new(),
            original: Vec::new(),
            blocks: blocks.clone(),
        };
        for at in blocks.clone() {
            let origin = Some(window.original.len());
            let Some(block) = self.blocks.remove(&self.directory.spans[at].first) else { continue };
            window.joins.push(self.directory.edges[at]);
            window.joins.extend_from_slice(&block.joins);
            window.is_replaced.push(false);
            window.original.push((block.keys.clone(), block.joins));
            let entries = block.keys.into_iter().zip(block.items);
            window.entries.extend(entries.map(|(key, item)| Entry { key, item, origin }));
        }
        window.joins.push(self.directory.edges[blocks.end]);
        Ok(window)
    }

    /// Cuts a window into blocks, and notes which of them must be written or deleted.
    pub(super) fn close_window(&mut self, window: Window<M>) {
        let sizes = window.block_sizes();
        let Window { blocks, entries, joins, is_replaced, original } = window;
        let old: Vec<_> = self.directory.spans[blocks.clone()].iter().map(|span| span.first).collect();
        let (mut spans, mut edges) = (Vec::new(), vec![joins[0]]);
        let mut entries = entries.into_iter();
        let mut at = 0;
        for size in sizes {
            let mut block =
                Block { keys: Vec::new(), joins: joins[at + 1..at + size].to_vec(), items: Vec::new() };
            let (mut origin, mut is_mixed) = (None, false);
            for entry in entries.by_ref().take(size) {
                is_mixed |= !block.keys.is_empty() && entry.origin != origin;
                origin = entry.origin;
                block.keys.push(entry.key);
                block.items.push(entry.item);
            }
            at += size;
            edges.push(joins[at]);
            let Some(span) = block.span() else { continue };
            let is_unchanged = origin.filter(|_| !is_mixed).is_some_and(|origin| {
                let (keys, joins) = &original[origin];
                !is_replaced[origin] && *keys == block.keys && *joins == block.joins
            });
            if !is_unchanged {
                self.changes.written.insert(span.first);
            }
            spans.push(span);
            self.blocks.insert(span.first, block);
        }
        for first in &old {
            if spans.iter().any(|span| span.first == *first) {
                continue;
            }
            self.changes.written.remove(first);
            if !self.unsaved.remove(first) {
                self.changes.deleted.insert(*first);
            }
        }
        for Span { first, .. } in &spans {
            if !self.changes.deleted.remove(first) && !old.contains(first) {
                self.unsaved.insert(*first);
            }
        }
        self.changes.directory |= self.directory.spans[blocks.clone()] != spans[..]
            || self.directory.edges[blocks.start..=blocks.end] != edges[..];
        self.directory.edges.splice(blocks.start..=blocks.end, edges);
        self.directory.spans.splice(blocks, spans);
    }
}

//! Reading a page.

use super::item::Item;
use super::{Block, BlockResult, MissingBlocks, Timeline};
use crate::model::{MessageKey, SearchDirection};
use crate::sorted_set::SortedSet;

/// A page as far as the timeline knows it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ReadResult<M> {
    /// The messages, in the direction of the read.
    pub(crate) messages: Vec<(MessageKey, M)>,
    /// True if there is neither a gap nor a hidden message between the anchor and the page's end.
    pub(crate) is_complete: bool,
    /// True if there is no gap between the anchor and the page's end.
    pub(crate) is_contiguous: bool,
    /// The number of messages before the first gap.
    pub(crate) contiguous_count: usize,
    /// True if the page ends at the end of the history.
    pub(crate) is_last: bool,
}

/// A position between two messages: before entry `entry` of block `block`, or after the newest message.
#[derive(Clone, Copy, Debug)]
struct Position {
    block: usize,
    entry: usize,
}

impl Position {
    fn is_beginning(self) -> bool {
        self.block == 0 && self.entry == 0
    }
}

impl<M: Item> Timeline<M> {
    /// The newest message that is not hidden, and for which the predicate is true.
    pub(crate) fn newest(&self, predicate: impl Fn(&M) -> bool) -> BlockResult<Option<&M>> {
        for span in self.directory.spans.iter().rev() {
            let block = self.loaded_block(span.first)?;
            if let Some(found) =
                block.items.iter().rev().find(|message| !message.is_hidden() && predicate(message))
            {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Those of the messages that are known and not hidden, oldest first.
    pub(crate) fn find(&self, ids: &[u64]) -> BlockResult<Vec<(MessageKey, M)>> {
        let mut keys = self.locate(ids)?;
        keys.sort_unstable();
        let blocks = keys.iter().filter_map(|key| self.block_index(*key));
        let firsts: SortedSet<_> = blocks.map(|at| self.directory.spans[at].first).collect();
        let missing: Vec<_> = firsts.into_iter().filter(|first| !self.blocks.contains_key(first)).collect();
        if !missing.is_empty() {
            return Err(MissingBlocks(missing));
        }
        let item = |key: MessageKey| {
            let block = self.blocks.get(&self.directory.spans[self.block_index(key)?].first)?;
            Some((key, block.items.get(block.keys.binary_search(&key).ok()?)?.clone()))
        };
        Ok(keys.into_iter().filter_map(item).filter(|(_, item)| !item.is_hidden()).collect())
    }

    /// Reads at most `size` messages after the anchor. An unknown anchor gives an empty, incomplete page.
    ///
    /// `newest_listed` is the newest message in the conversation list. If it is newer than the newest message here, the
    /// end of this timeline is not the end of the history.
    pub(crate) fn read(
        &self,
        anchor: Option<u64>,
        direction: SearchDirection,
        size: usize,
        newest_listed: Option<MessageKey>,
    ) -> BlockResult<ReadResult<M>> {
        match self.start_position(anchor, direction == SearchDirection::Up)? {
            Some(position) => self.read_from(position, direction, size, newest_listed),
            None => Ok(ReadResult {
                messages: Vec::new(),
                is_complete: false,
                is_contiguous: false,
                contiguous_count: 0,
                is_last: false,
            }),
        }
    }

    /// True if the message is known. Its blocks must be loaded.
    pub(crate) fn knows(&self, id: u64) -> bool {
        self.locate(&[id]).is_ok_and(|found| !found.is_empty())
    }

    /// Reads at most `size` messages after the place of an anchor that was removed.
    pub(crate) fn read_after(
        &self,
        anchor: MessageKey,
        direction: SearchDirection,
        size: usize,
        newest_listed: Option<MessageKey>,
    ) -> BlockResult<ReadResult<M>> {
        let block = self.directory.spans.partition_point(|span| span.last < anchor);
        let entry = match self.directory.spans.get(block) {
            Some(span) if span.first < anchor => {
                self.loaded_block(span.first)?.keys.partition_point(|key| *key < anchor)
            }
            _ => 0,
        };
        self.read_from(Position { block, entry }, direction, size, newest_listed)
    }

    fn read_from(
        &self,
        mut position: Position,
        direction: SearchDirection,
        size: usize,
        newest_listed: Option<MessageKey>,
    ) -> BlockResult<ReadResult<M>> {
        let up = direction == SearchDirection::Up;
        let mut result = ReadResult {
            messages: Vec::new(),
            is_complete: true,
            is_contiguous: true,
            contiguous_count: 0,
            is_last: false,
        };
        let end_is_current = newest_listed <= self.newest_key();
        loop {
            let at_end =
                if up { position.is_beginning() } else { position.block == self.directory.spans.len() };
            let remaining = size.saturating_sub(result.messages.len());
            // A full page goes on only to find out whether it also reached the end of the history.
            if remaining == 0 && !at_end {
                return Ok(result);
            }
            let joins = self.joins_at(position, end_is_current, remaining, up)?;
            if at_end {
                result.is_last = joins;
                result.is_contiguous &= joins || !result.messages.is_empty();
                result.is_complete &= result.is_contiguous;
                return Ok(result);
            }
            if up && position.entry == 0 {
                position = Position { block: position.block - 1, entry: self.block_len(position.block - 1) };
            }
            let block = self.read_block(position.block, remaining, up)?;
            let at = if up { position.entry - 1 } else { position.entry };
            let item = &block.items[at];
            result.is_contiguous &= joins && !item.is_outdated();
            result.is_complete &= result.is_contiguous && !item.is_hidden();
            if !item.is_hidden() {
                result.contiguous_count += usize::from(result.is_contiguous);
                result.messages.push((block.keys[at], item.clone()));
            }
            position = match (up, at + 1 == block.keys.len()) {
                (true, _) => Position { entry: at, ..position },
                (false, false) => Position { entry: at + 1, ..position },
                (false, true) => Position { block: position.block + 1, entry: 0 },
            };
        }
    }

    /// The position at which a read begins; `None` if the anchor is unknown.
    fn start_position(&self, anchor: Option<u64>, up: bool) -> BlockResult<Option<Position>> {
        let Some(id) = anchor else {
            return Ok(Some(Position { block: if up { self.directory.spans.len() } else { 0 }, entry: 0 }));
        };
        let Some(key) = self.locate(&[id])?.first().copied() else { return Ok(None) };
        let Some(block) = self.block_index(key) else { return Ok(None) };
        let span = self.directory.spans[block];
        // An anchor at the edge of a block is found without loading the block.
        let entry = match key {
            key if key == span.first => 0,
            key if key == span.last => self.block_len(block) - 1,
            key => match self.loaded_block(span.first)?.keys.binary_search(&key) {
                Ok(entry) => entry,
                Err(_) => return Ok(None),
            },
        };
        Ok(Some(match (up, entry + 1 == self.block_len(block)) {
            (true, _) => Position { block, entry },
            (false, false) => Position { block, entry: entry + 1 },
            (false, true) => Position { block: block + 1, entry: 0 },
        }))
    }

    /// True if the messages on both sides of the position join.
    fn joins_at(
        &self,
        position: Position,
        end_is_current: bool,
        remaining: usize,
        up: bool,
    ) -> BlockResult<bool> {
        Ok(match position {
            Position { block, entry: 0 } => {
                self.directory.edges[block] && (end_is_current || block < self.directory.spans.len())
            }
            Position { block, entry } => self.read_block(block, remaining, up)?.joins[entry - 1],
        })
    }

    /// A block of the page. If it is not loaded, the following blocks that the page needs are reported as missing too, so
    /// that all of them are loaded at once.
    fn read_block(&self, block: usize, remaining: usize, up: bool) -> BlockResult<&Block<M>> {
        if let Some(block) = self.blocks.get(&self.directory.spans[block].first) {
            return Ok(block);
        }
        let mut missing = Vec::new();
        let mut count = 0;
        let mut next = Some(block);
        while let Some(at) = next.filter(|at| *at < self.directory.spans.len() && count < remaining.max(1)) {
            count += self.block_len(at);
            if !self.blocks.contains_key(&self.directory.spans[at].first) {
                missing.push(self.directory.spans[at].first);
            }
            next = if up { at.checked_sub(1) } else { Some(at + 1) };
        }
        Err(MissingBlocks(missing))
    }

    fn block_len(&self, block: usize) -> usize {
        self.directory.spans[block].count as usize
    }
}

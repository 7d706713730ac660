//! Reading a page.

use super::{Block, BlockResult, MissingBlocks, Timeline};
use crate::model::{MessageKey, SearchDirection};

/// A page as far as the timeline knows it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ReadResult<M> {
    /// The messages, in the direction of the read.
    pub(crate) messages: Vec<(MessageKey, M)>,
    /// True if there is no gap between the anchor and the page's end.
    pub(crate) is_complete: bool,
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

impl<M: Clone> Timeline<M> {
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
        let mut result =
            ReadResult { messages: Vec::new(), is_complete: true, contiguous_count: 0, is_last: false };
        let up = direction == SearchDirection::Up;
        let Some(mut position) = self.start_position(anchor, up)? else {
            return Ok(ReadResult { is_complete: false, ..result });
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
                result.is_complete &= joins || !result.messages.is_empty();
                return Ok(result);
            }
            if up && position.entry == 0 {
                position = Position { block: position.block - 1, entry: self.block_len(position.block - 1) };
            }
            let block = self.read_block(position.block, remaining, up)?;
            let at = if up { position.entry - 1 } else { position.entry };
            result.is_complete &= joins;
            result.contiguous_count += usize::from(result.is_complete);
            result.messages.push((block.keys[at], block.items[at].clone()));
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

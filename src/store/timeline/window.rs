//! A few neighbouring blocks laid out flat to be worked on, and cut into blocks again.

use super::{Block, MAX_BLOCK, Missing, Needs, Span, Timeline};
use crate::model::MessageKey;
use std::ops::Range;

/// A group smaller than this is worth joining with its neighbour when both are at hand anyway.
const SMALL: usize = MAX_BLOCK / 4;

/// One message laid out.
pub(super) struct Entry<M> {
    pub(super) key: MessageKey,
    pub(super) item: M,
    /// The block it came from, counted within the window; none where it is new.
    pub(super) origin: Option<usize>,
}

/// Blocks `blocks` of a timeline, laid out.
pub(super) struct Window<M> {
    blocks: Range<usize>,
    pub(super) entries: Vec<Entry<M>>,
    /// One more than entries: whether each joins the one before it, at both ends across the window's border.
    pub(super) joins: Vec<bool>,
    /// Blocks in which a message was replaced by another form of itself.
    pub(super) replaced: Vec<bool>,
    before: Vec<(Vec<MessageKey>, Vec<bool>)>,
}

/// Puts others in the place of some. A fraction of the code of `splice`, which need not know how many come.
pub(super) fn replace<T>(list: &mut Vec<T>, old: Range<usize>, mut new: Vec<T>) {
    let mut rest = list.split_off(old.end);
    list.truncate(old.start);
    list.append(&mut new);
    list.append(&mut rest);
}

impl<M> Window<M> {
    /// Whether the window begins at the beginning of the history.
    pub(super) fn at_start(&self) -> bool {
        self.blocks.start == 0
    }

    /// The message at `at` goes; its neighbours join only if it joined both.
    pub(super) fn remove(&mut self, at: usize) {
        self.entries.remove(at);
        let newer = self.joins.remove(at + 1);
        self.joins[at] &= newer;
    }

    /// Everything up to that time goes. On the server, too, so whoever joined the last of it now joins the
    /// beginning. Only for a window that begins there.
    pub(super) fn remove_until(&mut self, time: u64) {
        let gone = self.entries.partition_point(|entry| entry.key.timestamp <= time);
        if gone > 0 && self.at_start() {
            self.entries.drain(..gone);
            self.joins.drain(..gone);
        }
    }

    /// Puts a message in with a gap on either side.
    pub(super) fn insert(&mut self, at: usize, key: MessageKey, item: M) {
        self.entries.insert(at, Entry { key, item, origin: None });
        self.joins[at] = false;
        self.joins.insert(at + 1, false);
    }

    /// Cuts the entries into groups: as they were where possible, new ones with a neighbour where there is room.
    fn groups(&self) -> Vec<usize> {
        let mut origins = Vec::new();
        for entry in &self.entries {
            origins.push(entry.origin);
        }
        let mut known = None;
        let mut run = 0;
        for at in 0..origins.len() {
            if let Some(origin) = origins[at] {
                if known == Some(origin) {
                    origins[run..at].fill(Some(origin));
                }
                known = Some(origin);
                run = at + 1;
            }
        }
        let mut sizes: Vec<usize> = Vec::new();
        let mut inviting = false;
        for group in origins.chunk_by(|a, b| a == b) {
            let new = group[0].is_none();
            // New messages, and what is small, go to the neighbour that has room.
            match sizes.last_mut() {
                Some(size)
                    if (new || inviting || group.len() < SMALL) && *size + group.len() <= MAX_BLOCK =>
                {
                    *size += group.len();
                }
                _ => sizes.push(group.len()),
            }
            inviting = new || sizes.last().is_some_and(|size| *size < SMALL);
        }
        let mut parts = Vec::new();
        for size in sizes {
            cut_evenly(size, &mut parts);
        }
        parts
    }
}

/// Cuts what is too large for a block into parts of about the same size.
fn cut_evenly(size: usize, to: &mut Vec<usize>) {
    let parts = size.div_ceil(MAX_BLOCK);
    for part in 0..parts {
        to.push(size * (part + 1) / parts - size * part / parts);
    }
}

impl<M> Timeline<M> {
    /// The blocks that are not loaded, of those in the range.
    pub(super) fn require(&self, range: Range<usize>) -> Needs<()> {
        let missing: Vec<_> = self.directory.spans[range]
            .iter()
            .map(|span| span.first)
            .filter(|first| !self.blocks.contains_key(first))
            .collect();
        if missing.is_empty() { Ok(()) } else { Err(Missing(missing)) }
    }

    /// Where `count` new messages go between two blocks, the neighbour that has room for them.
    pub(super) fn widen(&self, range: Range<usize>, count: usize) -> Range<usize> {
        let room = |at: usize| {
            self.directory.spans.get(at).is_some_and(|span| span.count as usize + count <= MAX_BLOCK)
        };
        match range {
            Range { start, end } if start < end || count == 0 => start..end,
            Range { start, end } if start > 0 && room(start - 1) => start - 1..end,
            Range { start, end } if room(end) => start..end + 1,
            range => range,
        }
    }

    /// Lays blocks out. They are the window's until [`Timeline::close`] takes them back.
    pub(super) fn open(&mut self, blocks: Range<usize>) -> Needs<Window<M>> {
        self.require(blocks.clone())?;
        let mut window = Window {
            entries: Vec::new(),
            joins: Vec::new(),
            replaced: Vec::new(),
            before: Vec::new(),
            blocks: blocks.clone(),
        };
        for at in blocks.clone() {
            let origin = window.before.len();
            let Some(block) = self.blocks.remove(&self.directory.spans[at].first) else { continue };
            window.joins.push(self.directory.edges[at]);
            window.joins.extend_from_slice(&block.joins);
            window.replaced.push(false);
            window.before.push((block.keys.clone(), block.joins));
            for (key, item) in block.keys.into_iter().zip(block.items) {
                window.entries.push(Entry { key, item, origin: Some(origin) });
            }
        }
        window.joins.push(self.directory.edges[blocks.end]);
        Ok(window)
    }

    /// Takes a window back, cut into blocks, and notes which of them must be written.
    pub(super) fn close(&mut self, window: Window<M>) {
        let sizes = window.groups();
        let Window { blocks, entries, joins, replaced, before } = window;
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
            let same = origin.filter(|_| !is_mixed).is_some_and(|origin| {
                let was = &before[origin];
                !replaced[origin] && was.0 == block.keys && was.1 == block.joins
            });
            if !same {
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
            if !self.unseen.remove(first) {
                self.changes.deleted.insert(*first);
            }
        }
        for Span { first, .. } in &spans {
            if !self.changes.deleted.remove(first) && !old.contains(first) {
                self.unseen.insert(*first);
            }
        }
        self.changes.directory |= self.directory.spans[blocks.clone()] != spans[..]
            || self.directory.edges[blocks.start..=blocks.end] != edges[..];
        replace(&mut self.directory.edges, blocks.start..blocks.end + 1, edges);
        replace(&mut self.directory.spans, blocks, spans);
    }
}
